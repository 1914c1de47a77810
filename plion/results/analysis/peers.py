"""Peers: the runs of a study that together estimate the variance over seeds."""

from collections.abc import Sequence
from functools import cache

from plion.results.analysis.pairing import intersected, unpaired
from plion.results.reading.study import Run, Study
from plion.scoring.statistics.seeds import FIXED


@cache  # every rate of a study needs them
def peers(study: Study, run: Run) -> tuple[Run, ...]:
    """The runs tested on the same utterances as one of them, itself included, in their order.

    Forced runs are peers of forced runs only: a second decoding of the same weights is not another
    seed.
    """
    return tuple(
        other
        for other in study.runs
        if other is run
        or (other.scores and other.forced == run.forced and not unpaired([run, other]))
    )


def beside(study: Study, compared: Sequence[Run], cut: Sequence[Run]) -> list[Run]:
    """The peers of compared runs, including these.

    cut: the compared runs reduced to the utterances they share. Peers are reduced to the same
    utterances, or left out if they lack some.
    """
    if list(cut) == list(compared):
        return list(dict.fromkeys(peer for run in compared for peer in peers(study, run)))
    others = [run for run in study.runs if run.scores and run not in compared]
    same = [intersected([cut[0], run])[1] for run in others if run.forced == cut[0].forced]
    return [*cut, *(run for run in same if not unpaired([cut[0], run]))]


def trained(run: Run) -> bool:
    """Whether a run was trained here, so that another seed would give another system.

    False for the base of an ablation and for any model that was only evaluated.
    """
    made_here = run.record.steps is not None or bool(run.record.trained_as)
    return bool(run.labels) or (run.seed is not None and made_here)


def cell_numbers(runs: Sequence[Run]) -> list[int]:
    """The cell number of each run: equal for equal labels, `FIXED` for untrained runs.

    A second decoding, and a trained run outside a grid, is a cell of its own.
    """
    known: dict[object, int] = {}
    named = [(*run.labels.items(), run.again) if run.labels else run for run in runs]
    return [
        known.setdefault(name, len(known)) if trained(run) else FIXED
        for name, run in zip(named, runs, strict=True)
    ]
