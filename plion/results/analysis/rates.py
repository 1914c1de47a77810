"""Rates of a run with intervals: per benchmark, per language, and averages."""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from plion.results.analysis.peers import cell_numbers, peers
from plion.results.reading.study import Run, Study
from plion.scoring.counts import UtteranceCounts
from plion.scoring.scored import Scored
from plion.scoring.statistics.averages import (
    AGGREGATES,
    SPREAD,
    Average,
    averages,
    by_language,
    sets,
)
from plion.scoring.statistics.bootstrap import Sample
from plion.scoring.statistics.intervals import REPLICATES, Resampled, resample
from plion.scoring.statistics.rate import Rate, with_intervals
from plion.scoring.statistics.resampling.clusters import corpus


@cache  # the table and the CSV show the same
def run_rates(study: Study, run: Run) -> dict[str, Rate]:
    """Rates by benchmark key and by the names of AGGREGATES, without benchmarks that have no rate.

    Each set is resampled once, by cluster, and averages are computed per replicate. If the study
    has several seeds, the intervals cover the variation over seeds.
    """
    rates, languages = run.rates, run.language_of
    found = averages(rates, languages)
    own = {name: average for name, average in found.items() if name in AGGREGATES}
    return of_runs(study, [run], sets(rates, languages) | own)


@cache
def language_rates(study: Study, run: Run) -> dict[str, Rate]:
    """The mean rate of each language by its key and, with several languages, their SPREAD."""
    rates, languages = run.rates, run.language_of
    apart = {name: own for name, own in averages(rates, languages).items() if name == SPREAD}
    return of_runs(study, [run], by_language(rates, languages) | apart)


def of_runs(study: Study, runs: Sequence[Run], named: Mapping[str, Average]) -> dict[str, Rate]:
    """Averages over runs tested on the same utterances, with intervals."""
    if not named:
        return {}
    together = peers(study, runs[0])
    shares = np.array([(run in runs) / len(runs) for run in together])
    return with_intervals(named, resampled(together), shares)


@cache  # all averages and contrasts of a study use the same replicates
def resampled(runs: tuple[Run, ...], replicates: int = REPLICATES) -> Resampled:
    """Bootstrap replicates of the test sets of runs tested on the same utterances."""
    samples = [sample([run.scores[key] for run in runs]) for key in runs[0].rates]
    return resample(samples, replicates, cells=cell_numbers(runs))


def sample(systems: Sequence[Scored]) -> Sample:
    """The sample of a benchmark, scored by several runs on the same utterances."""
    return counted_sample(systems[0], [scored.utterances for scored in systems])


def counted_sample(
    scored: Scored, counted: Sequence[UtteranceCounts], *, capped: bool = False
) -> Sample:
    """The sample of a benchmark with the error counts of several systems, optionally `capped`."""
    errors = np.stack([own.capped_errors if capped else own.errors for own in counted])
    source = corpus(scored.benchmark.key, scored.benchmark.language)
    return Sample(scored.benchmark.key, errors, counted[0].lengths, scored.clusters, source)
