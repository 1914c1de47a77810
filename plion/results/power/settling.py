"""How many more seeds would settle the differences that a study leaves open."""

from collections.abc import Mapping, Sequence

from plion.results.analysis.effects import Effect
from plion.results.analysis.verdicts import Verdict
from plion.scoring.statistics.averages import MACRO
from plion.scoring.statistics.estimate import POWER
from plion.scoring.statistics.holm import LEVEL
from plion.scoring.statistics.power.components import Components
from plion.scoring.statistics.power.prediction import MOST, seeds_needed, seeds_to_bound

NOT_BY_SEEDS = "not by seeds"
SETTLING_NOTE = (
    "More seeds: of each cell, that would settle an open difference with a probability of "
    f"{100 * POWER:g} % if it and the variances are as estimated, corrected by Holm for those "
    "still open. Few seeds estimate a variance badly: `plion plan ABLATION --power` has bounds. "
    f"{NOT_BY_SEEDS.capitalize()}: {MOST:,} seeds would not on these test sets, only more "
    "utterances, or it is too close to 0."
)


def more_seeds(
    found: Sequence[Effect], verdicts: Mapping[Effect, Verdict | None], margin: float | None
) -> dict[Effect, str]:
    """For every open effect, the seeds that its cells need beyond those that they have: `+4`.

    Without effects that are settled, that decide nothing, or of which the variance over seeds is
    unknown. An effect estimated below the margin is settled by being shown to be so.
    """
    told: dict[Effect, str] = {}
    for on_macro in (True, False):
        still = [
            effect
            for effect in found
            if (effect.on == MACRO) == on_macro
            and (verdict := verdicts.get(effect))
            and verdict.conclusion == "open"
        ]
        for effect in still:
            if effect.parts and effect.interval:
                difference = effect.interval.estimate
                number = _settling(effect.parts, difference, margin, LEVEL / len(still))
                more = None if number is None else max(number - effect.seeds, 1)
                told[effect] = NOT_BY_SEEDS if more is None else f"+{more:,}"
    return told


def _settling(
    parts: Components, difference: float, margin: float | None, level: float
) -> int | None:
    """The fewest seeds that find a difference, or show that it is below the margin."""
    found = [seeds_needed(parts, difference, level)]
    if margin is not None:
        found.append(seeds_to_bound(parts, difference, margin, level))
    return min((one for one in found if one is not None), default=None)
