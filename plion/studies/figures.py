"""A run's rates with their intervals: on each benchmark, and averaged over them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from plion.evaluation.certainty import Sample, percentile_interval, replicate_rates
from plion.evaluation.scoring import covered, language_mean, macro_average, worst_language
from plion.studies.collect import Run, Scored

AGGREGATES = ("macro", "language_mean", "worst_language")


@dataclass(frozen=True)
class Figure:
    """A rate in percent with its 95 % interval; `language` is empty where it covers several."""

    rate: float
    low: float
    high: float
    language: str = ""


def run_rates(run: Run) -> dict[str, float | None]:
    """A run's rate on each benchmark it was scored on, in percent."""
    return {key: scored.counts.rate for key, scored in run.scores.items()}


def averages(
    rates: Mapping[str, float | None], languages: Mapping[str, str]
) -> dict[str, tuple[float, str]]:
    """The rate of each of AGGREGATES and the language it is of; none where nothing is covered."""
    macro, mean = macro_average(rates), language_mean(rates, languages)
    worst = worst_language(rates, languages)
    if macro is None or mean is None or worst is None:
        return {}
    return {"macro": (macro, ""), "language_mean": (mean, ""), "worst_language": worst[::-1]}


@cache  # the table and the CSV show the same
def figures(run: Run) -> dict[str, Figure]:
    """By benchmark key and by the names of AGGREGATES; benchmarks without a rate have none.

    The utterances of each set are resampled once, and every average is taken replicate by
    replicate.
    """
    rates = run_rates(run)
    keys = covered(rates)
    if not keys:
        return {}
    languages = {key: run.scores[key].benchmark.language for key in keys}
    drawn = replicate_rates([sample([run.scores[key]]) for key in keys])[:, :, 0]
    means = np.stack(
        [
            drawn[:, [languages[key] == language for key in keys]].mean(axis=1)
            for language in dict.fromkeys(languages.values())
        ],
        axis=1,
    )
    replicates = dict(zip(keys, drawn.T, strict=True))
    replicates["macro"] = drawn.mean(axis=1)
    replicates["language_mean"] = means.mean(axis=1)
    replicates["worst_language"] = means.max(axis=1)
    points = {key: (rate, languages[key]) for key, rate in rates.items() if rate is not None}
    points |= averages(rates, languages)
    return {
        name: Figure(rate, *percentile_interval(replicates[name]), language)
        for name, (rate, language) in points.items()
    }


def sample(systems: Sequence[Scored]) -> Sample:
    """One benchmark under several runs that were scored on the same utterances."""
    errors = np.stack([scored.utterances.errors for scored in systems])
    return Sample(systems[0].benchmark.key, errors, systems[0].utterances.lengths)


def capped_character_rate(run: Run) -> float | None:
    """Mean over the Tamil and Malay sets of the capped character error rate, in percent.

    Characters are code points without spaces; an utterance's errors count up to its reference's
    length. None where the run was scored on no such set.
    """
    return macro_average(
        {
            key: scored.capped_characters.rate
            for key, scored in run.scores.items()
            if scored.capped_characters
        }
    )
