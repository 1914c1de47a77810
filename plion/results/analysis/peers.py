"""The runs of a study that tell together how much another seed changes a rate."""

from collections.abc import Sequence
from functools import cache

from plion.results.analysis.pairing import intersected, unpaired
from plion.results.reading.study import Run, Study
from plion.scoring.statistics.seeds import FIXED


@cache  # every rate of a study needs them
def peers(study: Study, run: Run) -> tuple[Run, ...]:
    """The runs tested on the same utterances as one of them, itself included, in their order.

    Runs that were told the language stand beside each other only: decoded so, the same weights are
    no seeds of their own beside those decoded freely.
    """
    return tuple(
        other
        for other in study.runs
        if other is run
        or (other.scores and other.forced == run.forced and not unpaired([run, other]))
    )


def beside(study: Study, compared: Sequence[Run], cut: Sequence[Run]) -> list[Run]:
    """The peers of runs that are compared, themselves included.

    cut: the compared runs on the utterances they have in common. The peers are cut to these as
    well, and left out where they lack some.
    """
    if list(cut) == list(compared):
        return list(dict.fromkeys(peer for run in compared for peer in peers(study, run)))
    others = [run for run in study.runs if run.scores and run not in compared]
    same = [intersected([cut[0], run])[1] for run in others if run.forced == cut[0].forced]
    return [*cut, *(run for run in same if not unpaired([cut[0], run]))]


def trained(run: Run) -> bool:
    """Whether another seed of its training would have given another system.

    Not the base of an ablation, which has no seed, nor a model that was taken as it is.
    """
    made_here = run.record.get("steps") is not None or bool(run.record.get("trained_as"))
    return bool(run.labels) or (run.seed is not None and made_here)


def cell_numbers(runs: Sequence[Run]) -> list[int]:
    """Of each run the number of its cell, which runs of the same labels share; `FIXED` untrained.

    A second decoding is a cell of its own. A trained run that is in no grid is one too.
    """
    known: dict[object, int] = {}
    named = [(*run.labels.items(), run.again) if run.labels else run for run in runs]
    return [
        known.setdefault(name, len(known)) if trained(run) else FIXED
        for name, run in zip(named, runs, strict=True)
    ]
