"""Trunks and branches among the cells of an ablation with budgets.

Of cells that differ in their budget alone the longest is the trunk, and the others branch off it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from plion.config.branching import wrong_trunk
from plion.config.schema import Experiment
from plion.config.training import WSD_DECAY, Trainer
from plion.errors import InputError
from plion.results.reading.budget_axis import BUDGET

Labelled = tuple[Mapping[str, str], Experiment]
"""A cell: its labels, its experiment."""


def branched(where: str, cells: Sequence[Labelled]) -> list[Experiment]:
    """The experiments of cells, those of trunks and branches set up as such.

    Raises InputError for settings under which runs of several amounts have no common trunk.
    """
    trunks, amounts = _trunks(cells), {exp.name: exp.hold.amount for _, exp in cells}
    branches: dict[str, list[float]] = {}
    for name, own_trunk in trunks.items():
        branches.setdefault(own_trunk.name, []).append(amounts[name])
    known: dict[tuple[int, float | None, tuple[float, ...]], Trainer] = {}
    found = []
    for _, exp in cells:
        its, own = trunks.get(exp.name), tuple(sorted(branches.get(exp.name, ())))
        if own and (wrong := wrong_trunk(exp, own[0])):
            raise InputError(f"{where}: budgets: {exp.name}: {wrong}")
        key = (id(exp.trainer), its.hold.amount if its else None, own)
        if key not in known:  # shared, as all groups of cells that are equal
            known[key] = replace(exp.trainer, trunk=key[1], branches=list(own))
        found.append(replace(exp, trainer=known[key]))
    return found


def trunk_names(cells: Sequence[Labelled]) -> dict[str, str]:
    """The name of each branch's trunk, by the branch's."""
    return {name: trunk.name for name, trunk in _trunks(cells).items()}


def trained_amount(exp: Experiment) -> float:
    """The amount that a run trains itself, about: of a branch its decay."""
    return exp.hold.amount * (1.0 if exp.trainer.trunk is None else WSD_DECAY)


def _trunks(cells: Sequence[Labelled]) -> dict[str, Experiment]:
    """The trunk of each branch, by the branch's name."""
    alike: dict[object, list[Experiment]] = {}
    for labels, exp in cells:
        if BUDGET in labels:
            others = frozenset((axis, own) for axis, own in labels.items() if axis != BUDGET)
            alike.setdefault((others, exp.seed), []).append(exp)
    found: dict[str, Experiment] = {}
    for exps in alike.values():
        trunk = max(exps, key=lambda exp: exp.hold.amount)
        found |= {exp.name: trunk for exp in exps if exp is not trunk}
    return found
