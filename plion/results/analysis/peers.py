"""Peers: the runs of a study that together estimate the variance over seeds."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from plion.results.analysis.pairing import intersected, unpaired
from plion.results.reading.budget_axis import BUDGET
from plion.results.reading.study import Run, Study
from plion.scoring.statistics.seeds import FIXED

# Forced; budget; `Run.tested`.
_Test = tuple[bool, str | None, frozenset[tuple[str, frozenset[tuple[str, str]]]]]


def peers(study: Study, run: Run) -> tuple[Run, ...]:
    """The runs tested on the same utterances as one of them, itself included, in their order.

    Forced runs are peers of forced runs only: a second decoding of the same weights is not another
    seed. Runs of a budget are peers of runs of that budget only: those of one seed share a
    training. A run that two cells share counts once, as one of the cell asked for if it is in that.
    """
    if not run.rates:
        return (run,)
    found, differ = _alike(study).get(_test(run), ((run,), True))
    if differ:
        return found
    return tuple(_once(found, [run, *(one for one in found if one.labels == run.labels)]))


def sharing(study: Study, run: Run) -> tuple[Run, ...]:
    """The runs of a study with the same peers as one of them, itself included.

    Their rates and contrasts are computed at once.
    """
    return _sharing(study).get(run, (run,))


@lru_cache(maxsize=16)
def _sharing(study: Study) -> dict[Run, tuple[Run, ...]]:
    found: dict[tuple[Run, ...], list[Run]] = {}
    for run in study.runs:
        found.setdefault(peers(study, run), []).append(run)
    return {run: own for runs in found.values() for own in [tuple(runs)] for run in runs}


@lru_cache(maxsize=16)  # every rate of a study needs them
def _alike(study: Study) -> dict[_Test, tuple[tuple[Run, ...], bool]]:
    """The runs with rates by what they were tested on; whether each is a training of its own."""
    found: dict[_Test, list[Run]] = {}
    for run in study.runs:
        if run.rates:
            found.setdefault(_test(run), []).append(run)
    return {
        test: (tuple(runs), len(set(map(training_of, runs))) == len(runs))
        for test, runs in found.items()
    }


def _test(run: Run) -> _Test:
    return run.forced, run.labels.get(BUDGET), frozenset(run.tested.items())


def beside(study: Study, compared: Sequence[Run], cut: Sequence[Run]) -> list[Run]:
    """The peers of compared runs, including these.

    cut: the compared runs reduced to the utterances they share. Peers are reduced to the same
    utterances, or left out if they lack some.
    """
    own = set(compared)
    if list(cut) == list(compared):
        # All runs tested on the same have the same peers, but for those that two cells share.
        tests = {_test(run): run for run in compared}
        found = own.union(*(peers(study, run) for run in tests.values()))
        # Where decodings of both kinds are compared, others count as decoded first.
        first = len({run.forced for run in compared}) > 1
        near = [run for run in study.runs if run in found]
        return _once([run for run in near if run in own or not (first and run.again)], own)
    others = [run for run in study.runs if run.scores and run not in own]
    same = [intersected([cut[0], run])[1] for run in others if run.forced == cut[0].forced]
    return _once([*cut, *(run for run in same if not unpaired([cut[0], run]))], cut)


def _once(runs: Iterable[Run], kept: Iterable[Run]) -> list[Run]:
    """The runs without those that are the same training as an earlier one, or as one of `kept`.

    Counted as two cells, they would be twice the evidence on how seeds differ.
    """
    own = set(kept)
    known, found = set(map(training_of, own)), []
    for run in runs:
        training = training_of(run)
        if run in own or training not in known:
            known.add(training)
            found.append(run)
    return found


def training_of(run: Run) -> object:
    """What runs of the same training share; a run without a hash is one of its own."""
    return (run.record.hash, run.again) if run.record.hash else run


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
