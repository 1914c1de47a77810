"""Effects of an ablation's factors: differences between cells, paired by utterance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from plion.results.analysis.contrasts.simple import (
    Contrast,
    contrasts_along,
    interactions,
    main_contrasts,
)
from plion.results.analysis.pairing import by_seed, decoded_alike, intersected, unpaired, utterances
from plion.results.analysis.peers import beside
from plion.results.analysis.rates import resampled
from plion.results.reading.study import Run, Study
from plion.scoring.statistics.averages import MACRO, by_language, sets_and_macro
from plion.scoring.statistics.bootstrap import Floats
from plion.scoring.statistics.estimate import Interval
from plion.scoring.statistics.intervals import intervals
from plion.scoring.statistics.resampled import TEST_REPLICATES


@dataclass(frozen=True, eq=False)
class Effect:
    """A difference in points on a benchmark or an average (`on`: a key, a language or `macro`).

    reason: why there is no interval. remark: what was left out.
    """

    name: str
    on: str
    interval: Interval | None
    reason: str = ""
    remark: str = ""


def effects(study: Study, *, intersect: bool = False) -> list[Effect]:
    """The main effects against the reference, the variants against it, then interactions.

    A main effect is that of one other label, with all other axes at the reference; an interaction
    is the difference of a label's effect under another axis's label (`plion.results.analysis
    .contrasts.simple`). Each is estimated on the macro average and, with several languages, on each
    language's mean, averaged over seeds. `intersect`: runs tested on different utterances are
    compared on those they share.
    """
    contrasts = [*main_contrasts(study), *interactions(study)]
    return [one for own in contrasts for one in _estimate(study, own, intersect=intersect)]


def comparisons(study: Study, axis: str, *, intersect: bool = False) -> list[Effect]:
    """Labels of one axis against its first, per combination of the other axes, per benchmark.

    Or each variant against the reference.
    """
    return [
        one
        for own in contrasts_along(study, axis)
        for one in _estimate(study, own, intersect=intersect, each=True)
    ]


def _estimate(
    study: Study, contrast: Contrast, *, intersect: bool, each: bool = False
) -> list[Effect]:
    """The contrast of cells: on every benchmark if `each`, else on the averages."""
    name, cells = contrast.name, contrast.cells
    own = [study.labelled(labels) for labels, _ in cells]
    every, forced = decoded_alike(study, own)
    name += " (forced)" if forced else ""
    for there, arm, (labels, _) in zip(own, every, cells, strict=True):
        if not arm:
            why = "not decoded with the language given" if there else "not run"
            return [Effect(name, MACRO, None, f"{why}: {', '.join(labels.values())}")]
    # Runs without scores are left out if another seed has scores.
    paired = by_seed([[run for run in arm if run.scores] or arm for arm in every])
    if not paired:
        return [Effect(name, MACRO, None, "no seed in common")]
    compared = [run for arm in zip(*paired, strict=True) for run in arm]
    runs, reason = compared, unpaired(compared)
    remark = "between forced rows" if forced else ""
    if any(len(arm) > len(paired) for arm in every):
        seeds = ", ".join(str(run.seed) for run, *_ in paired)
        remark += ", " if remark else ""
        remark += f"over the seeds that all have ({seeds})"
    if reason and intersect and all(run.scores for run in runs):
        tested = max(map(utterances, runs))
        runs = intersected(runs)
        reason = unpaired(runs)
        remark += ", " if remark else ""
        remark += f"on the {utterances(runs[0]):,} of {tested:,} utterances that all have"
    if reason:
        return [Effect(name, MACRO, None, reason)]
    shares = np.repeat([own / len(paired) for _, own in cells], len(paired))
    of = dict(zip(runs, shares.tolist(), strict=True))
    together = beside(study, compared, runs)
    coefficients = np.array([of.get(run, 0.0) for run in together])
    return _estimates(name, together, coefficients, remark, each=each)


def _estimates(
    name: str, runs: Sequence[Run], coefficients: Floats, remark: str, *, each: bool
) -> list[Effect]:
    keys = list(runs[0].rates)
    drawn = resampled(tuple(runs), TEST_REPLICATES)
    weights = sets_and_macro(keys) if each else _averages(runs[0])
    [found] = intervals(drawn, np.stack(list(weights.values())), coefficients[None])
    return [Effect(name, on, own, remark=remark) for on, own in zip(weights, found, strict=True)]


def _averages(run: Run) -> Mapping[str, Floats]:
    """The weights of the macro average and, with several languages, of each language's mean."""
    rates = run.rates
    macro = {MACRO: sets_and_macro(list(rates))[MACRO]}
    means = by_language(rates, run.language_of)
    return macro | ({on: own.weights for on, own in means.items()} if len(means) > 1 else {})
