"""A run's rates with their intervals: on each benchmark, and averaged over them."""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from plion.evaluation.averages import (
    AGGREGATES,
    SPREAD,
    Average,
    averages,
    by_language,
    sets,
)
from plion.evaluation.blocks import Blocks, blocks, corpus
from plion.evaluation.certainty import Resampled, resample
from plion.evaluation.figure import Figure, with_intervals
from plion.evaluation.resampling import Sample
from plion.evaluation.scoring import UtteranceCounts, covered
from plion.studies.collect import Run, Scored


def run_rates(run: Run) -> dict[str, float | None]:
    """A run's rate on each benchmark it was scored on, in percent."""
    return {key: scored.counts.rate for key, scored in run.scores.items()}


def covered_rates(run: Run) -> dict[str, float]:
    """A run's rate on each benchmark where it has one, in percent."""
    return {key: rate for key, rate in run_rates(run).items() if rate is not None}


def languages_of(run: Run) -> dict[str, str]:
    """The language of each benchmark a run was scored on."""
    return {key: scored.benchmark.language for key, scored in run.scores.items()}


def coverage(run: Run) -> str:
    """Of how many of the suite's sets a run has a rate: `12/12`."""
    return f"{len(covered(run_rates(run)))}/{len(run.benchmarks)}"


@cache  # the table and the CSV show the same
def figures(run: Run) -> dict[str, Figure]:
    """By benchmark key and by the names of AGGREGATES; benchmarks without a rate have none.

    Each set is resampled once, in its blocks, and every average is taken replicate by replicate.
    """
    rates, languages = covered_rates(run), languages_of(run)
    found = averages(rates, languages)
    own = {name: average for name, average in found.items() if name in AGGREGATES}
    return _figures(run, sets(rates, languages) | own)


@cache
def language_figures(run: Run) -> dict[str, Figure]:
    """The mean rate of each language, by its key, and of several the SPREAD between them."""
    rates, languages = covered_rates(run), languages_of(run)
    apart = {name: own for name, own in averages(rates, languages).items() if name == SPREAD}
    return _figures(run, by_language(rates, languages) | apart)


def _figures(run: Run, named: Mapping[str, Average]) -> dict[str, Figure]:
    return with_intervals(named, _resampled(run)) if named else {}


@cache  # all averages of a run are over the same replicates
def _resampled(run: Run) -> Resampled:
    return resample([sample([run.scores[key]]) for key in covered(run_rates(run))])


def sample(systems: Sequence[Scored]) -> Sample:
    """One benchmark under several runs that were scored on the same utterances."""
    return counted_sample(systems[0], [scored.utterances for scored in systems])


def counted_sample(
    scored: Scored, counted: Sequence[UtteranceCounts], capped: bool = False
) -> Sample:
    """A benchmark's utterances as several systems' errors were counted, `capped` or as they are."""
    errors = np.stack([own.capped_errors if capped else own.errors for own in counted])
    source = corpus(scored.benchmark.key, scored.benchmark.language)
    return Sample(scored.benchmark.key, errors, counted[0].lengths, blocks_of(scored), source)


@cache  # every contrast that a run is part of needs them
def blocks_of(scored: Scored) -> Blocks:
    """What is resampled of a benchmark."""
    rows = scored.rows
    return blocks(
        [row.block for row in rows],
        [row.speaker for row in rows],
        [row.sentence for row in rows],
    )
