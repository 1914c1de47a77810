"""A run's rates with their intervals: on each benchmark, and averaged over them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from plion.evaluation.blocks import Blocks, blocks, corpus
from plion.evaluation.certainty import Interval, interval, resample
from plion.evaluation.resampling import Sample
from plion.evaluation.scoring import covered, language_mean, macro_average, worst_language
from plion.studies.collect import Run, Scored

AGGREGATES = ("macro", "language_mean", "worst_language")


@dataclass(frozen=True)
class Figure:
    """A rate in percent with its 95 % interval; `language` is empty where it covers several.

    few: whether the interval rests on fewer than 30 blocks.
    """

    rate: float
    low: float
    high: float
    language: str = ""
    few: bool = False

    @property
    def known(self) -> bool:
        """Whether the interval has ends."""
        return bool(np.isfinite([self.low, self.high]).all())


def run_rates(run: Run) -> dict[str, float | None]:
    """A run's rate on each benchmark it was scored on, in percent."""
    return {key: scored.counts.rate for key, scored in run.scores.items()}


def coverage(run: Run) -> str:
    """Of how many of the suite's sets a run has a rate: `12/12`."""
    return f"{len(covered(run_rates(run)))}/{len(run.benchmarks)}"


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

    Each set is resampled once, in its blocks, and every average is taken replicate by replicate.
    The interval of the worst language is that of the language which is.
    """
    rates = run_rates(run)
    keys = covered(rates)
    if not keys:
        return {}
    languages = {key: run.scores[key].benchmark.language for key in keys}
    points = {key: (rate, languages[key]) for key, rate in rates.items() if rate is not None}
    points |= averages(rates, languages)
    worst = points["worst_language"][1]
    means = {one: _mean([languages[key] == one for key in keys]) for one in languages.values()}
    weights = dict(zip(keys, np.eye(len(keys)), strict=True))
    weights["macro"] = _mean([True] * len(keys))
    weights["language_mean"] = np.mean(list(means.values()), axis=0)
    weights["worst_language"] = means[worst]
    resampled = resample([sample([run.scores[key]]) for key in keys])
    return {
        name: _figure(*points[name], interval(resampled, weights[name], (1.0,))) for name in points
    }


def _figure(rate: float, language: str, found: Interval) -> Figure:
    return Figure(rate, found.low, found.high, language, found.few)


def _mean(chosen: Sequence[bool]) -> NDArray[np.float64]:
    """The weights of a plain mean over the chosen sets."""
    return np.array(chosen) / sum(chosen)


def sample(systems: Sequence[Scored]) -> Sample:
    """One benchmark under several runs that were scored on the same utterances."""
    errors = np.stack([scored.utterances.errors for scored in systems])
    first = systems[0]
    source = corpus(first.benchmark.key, first.benchmark.language)
    return Sample(first.benchmark.key, errors, first.utterances.lengths, blocks_of(first), source)


@cache  # every contrast that a run is part of needs them
def blocks_of(scored: Scored) -> Blocks:
    """What is resampled of a benchmark."""
    rows = scored.rows
    return blocks(
        [row.block for row in rows],
        [row.speaker for row in rows],
        [row.sentence for row in rows],
    )


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
