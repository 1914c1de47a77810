"""Rates of a run with intervals: per benchmark, per language, and averages."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from plion.results.analysis.peers import cell_numbers, peers, sharing
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
from plion.scoring.statistics.rate import Rate, with_intervals
from plion.scoring.statistics.resampled import REPLICATES, Resampled, resample
from plion.scoring.statistics.resampling.clusters import corpus

_MEAN = "mean: "  # begins the names of averages of a language


def run_rates(study: Study, run: Run) -> dict[str, Rate]:
    """Rates by benchmark key and by the names of AGGREGATES, without benchmarks that have no rate.

    Each set is resampled once, by cluster, and averages are computed per replicate. If the study
    has several seeds, the intervals cover the variation over seeds.
    """
    return _of_each_run(study, sharing(study, run)[0])[run][0]


def language_rates(study: Study, run: Run) -> dict[str, Rate]:
    """The mean rate of each language by its key and, with several languages, their SPREAD."""
    return _of_each_run(study, sharing(study, run)[0])[run][1]


@lru_cache(maxsize=64)  # tables and the CSV show the same
def _of_each_run(study: Study, first: Run) -> dict[Run, tuple[dict[str, Rate], dict[str, Rate]]]:
    """The rates and the language rates of every run with the same peers as one of them."""
    runs = sharing(study, first)
    found = of_each(study, [[run] for run in runs], list(map(_named, runs)))
    return {run: _parted(rates) for run, rates in zip(runs, found, strict=True)}


def _parted(named: Mapping[str, Rate]) -> tuple[dict[str, Rate], dict[str, Rate]]:
    """Those of sets and aggregates, and those of languages, each under its own name."""
    means = {name: rate for name, rate in named.items() if name.startswith(_MEAN)}
    others = {name: rate for name, rate in named.items() if name not in means}
    return others, {name.removeprefix(_MEAN): rate for name, rate in means.items()}


def _named(run: Run) -> dict[str, Average]:
    """The averages of a run; those of languages begin with _MEAN."""
    rates, languages = run.rates, run.language_of
    found = averages(rates, languages)
    own = {name: average for name, average in found.items() if name in AGGREGATES}
    apart = {name: average for name, average in found.items() if name == SPREAD}
    means = by_language(rates, languages) | apart
    return sets(rates, languages) | own | {f"{_MEAN}{name}": one for name, one in means.items()}


def of_each(
    study: Study, systems: Sequence[Sequence[Run]], named: Sequence[Mapping[str, Average]]
) -> list[dict[str, Rate]]:
    """Averages over the runs of each system, with intervals; all runs have the same peers."""
    if not any(named):
        return [{} for _ in systems]
    together = peers(study, systems[0][0])
    places = {run: place for place, run in enumerate(together)}
    shares = np.zeros((len(systems), len(together)))
    for own, runs in zip(shares, systems, strict=True):
        own[[places[run] for run in runs if run in places]] = 1 / len(runs)
    return with_intervals(named, resampled(together), shares)


@lru_cache(maxsize=4)  # all averages and contrasts of a study use the same replicates
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
