"""`--only LABEL=VALUE`: the cells of an ablation with the given labels or seeds."""

from collections.abc import Sequence

from plion.errors import InputError, listed, suggest
from plion.results.reading.study import VARIANT
from plion.studies.design.grid import Ablation, Cell
from plion.studies.design.labels import known_label

_SEED = "seed"


def chosen(ablation: Ablation, only: Sequence[str]) -> list[Cell]:
    """The cells that each `AXIS=LABEL` of `only` allows, in order; all of them for none.

    Besides the axes there are `seed` and `variant`. Several labels of one axis allow each of them.
    Raises InputError for an unknown axis or label, and if no cell has all that is asked for.
    """
    known = dict(ablation.axes)
    if ablation.variants:
        known[VARIANT] = ablation.variants
    known[_SEED] = [str(seed) for seed in ablation.seeds]
    wanted: dict[str, list[str]] = {}
    for text in only:
        where = f"--only {text}"
        axis, equals, label = text.partition("=")
        if not equals:
            raise InputError(f"{where} is not of the form AXIS=LABEL (axes: {listed(list(known))})")
        if axis not in known:
            raise InputError(f"{where}: there is no axis '{axis}' {suggest(axis, known)}")
        wanted.setdefault(axis, []).append(known_label(where, axis, known[axis], label))
    found = [
        cell
        for cell in ablation.cells
        if all(
            {**cell.labels, _SEED: str(cell.seed)}.get(axis) in own for axis, own in wanted.items()
        )
    ]
    if not found:
        raise InputError(f"--only {' '.join(only)}: no cell of {ablation.name} has all of these")
    return found
