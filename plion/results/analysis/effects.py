"""Effects of an ablation's factors: differences between cells, paired by utterance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from plion.results.analysis.compared import Compared, compare_cells
from plion.results.analysis.contrasts.averaged import interactions, main_effects
from plion.results.analysis.contrasts.contrast import Contrast
from plion.results.analysis.contrasts.simple import contrasts_along, variants
from plion.results.analysis.contrasts.simple import simple_effects as simple_contrasts
from plion.results.analysis.peers import beside
from plion.results.analysis.rates import resampled
from plion.results.reading.study import Run, Study
from plion.scoring.statistics.averages import MACRO, by_language, sets_and_macro
from plion.scoring.statistics.bootstrap import Floats
from plion.scoring.statistics.estimate import Interval
from plion.scoring.statistics.intervals import intervals
from plion.scoring.statistics.power.components import Components, components
from plion.scoring.statistics.resampled import TEST_REPLICATES

_Found = tuple[Interval | None, Components | None]  # of a contrast on an average


@dataclass(frozen=True, eq=False)
class Effect:
    """A difference in points on a benchmark or an average (`on`: a key, a language or `macro`).

    reason: why there is no interval. remark: what was left out. combinations: of the axes that the
    contrast is not about, over how many it is averaged. seeds: the fewest that a cell compared has.
    parts: what the variance consists of; None if that over seeds is unknown, and in comparisons.
    """

    contrast: Contrast
    name: str
    on: str
    interval: Interval | None
    reason: str = ""
    remark: str = ""
    combinations: int = 0
    seeds: int = 0
    parts: Components | None = None


@lru_cache(maxsize=16)  # the tables and effects.csv show the same
def effects(study: Study, *, intersect: bool = False) -> Sequence[Effect]:
    """The main effects, the variants against the reference, then interactions.

    A main effect is that of a label against the first of its axis, averaged over the combinations
    of the other axes; an interaction the difference that a label of another axis makes to it
    (`plion.results.analysis.contrasts.averaged`). Each is estimated on the macro average and, with
    several languages, on each language's mean, averaged over seeds. `intersect`: runs tested on
    different utterances are compared on those they share.
    """
    contrasts = [*main_effects(study), *variants(study), *interactions(study)]
    return _estimates(study, contrasts, intersect=intersect)


@lru_cache(maxsize=16)
def simple_effects(study: Study, *, intersect: bool = False) -> Sequence[Effect]:
    """The effect of each label with all other axes at the reference, on the same averages."""
    return _estimates(study, simple_contrasts(study), intersect=intersect)


def comparisons(study: Study, axis: str, *, intersect: bool = False) -> list[Effect]:
    """Labels of one axis against its first, per combination of the other axes, per benchmark.

    Or each variant against the reference.
    """
    return _estimates(study, contrasts_along(study, axis), intersect=intersect, each=True)


def differences_along(study: Study, axis: str) -> list[Effect]:
    """As `comparisons`, on the macro average and, with several languages, on each one's mean."""
    return _estimates(study, contrasts_along(study, axis), intersect=False)


def _estimates(
    study: Study, contrasts: Sequence[Contrast], *, intersect: bool, each: bool = False
) -> list[Effect]:
    """Estimates of contrasts of cells: on every benchmark if `each`, else on the averages."""
    compared = [compare_cells(study, own, intersect=intersect) for own in contrasts]
    # Contrasts beside the same runs are estimated together.
    together: dict[tuple[Run, ...], list[int]] = {}
    for place, own in enumerate(compared):
        if not own.reason:
            together.setdefault(tuple(beside(study, own.runs, own.cut)), []).append(place)
    found: dict[int, Mapping[str, _Found]] = {}
    for runs, places in together.items():
        shares = np.array([_shares(compared[place], runs) for place in places])
        weights = sets_and_macro(list(runs[0].rates)) if each else macro_and_languages(runs[0])
        drawn = resampled(runs, TEST_REPLICATES)
        each_of = intervals(drawn, np.stack(list(weights.values())), shares)
        parts: Sequence[Sequence[Components | None]] = [
            [None] * len(places) if each else components(drawn, own, shares)
            for own in weights.values()
        ]
        for number, place in enumerate(places):
            of_each = (of_average[number] for of_average in parts)
            pairs = zip(each_of[number], of_each, strict=True)
            found[place] = dict(zip(weights, pairs, strict=True))
    return [
        effect
        for place, (contrast, own) in enumerate(zip(contrasts, compared, strict=True))
        for effect in _effects(contrast, own, found.get(place, {MACRO: (None, None)}))
    ]


def _effects(contrast: Contrast, compared: Compared, found: Mapping[str, _Found]) -> list[Effect]:
    name = contrast.name + (" (forced)" if compared.forced else "")
    told = (compared.reason, compared.remark, compared.combinations, compared.seeds)
    return [Effect(contrast, name, on, one, *told, parts) for on, (one, parts) in found.items()]


def _shares(compared: Compared, runs: Sequence[Run]) -> list[float]:
    """The coefficient of each of the runs."""
    of = dict(zip(compared.cut, compared.shares.values(), strict=True))
    return [of.get(run, 0.0) for run in runs]


def macro_and_languages(run: Run) -> Mapping[str, Floats]:
    """The weights of the macro average and, with several languages, of each language's mean."""
    rates = run.rates
    macro = {MACRO: sets_and_macro(list(rates))[MACRO]}
    means = by_language(rates, run.language_of)
    return macro | ({on: own.weights for on, own in means.items()} if len(means) > 1 else {})
