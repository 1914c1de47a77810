"""A run's rates with their intervals: on each benchmark, and averaged over them."""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from plion.results.analysis.peers import cell_numbers, peers
from plion.results.reading.study import Run, Study
from plion.scoring.counts import UtteranceCounts
from plion.scoring.scored import Scored
from plion.scoring.statistics.averages import (
    AGGREGATES,
    MACRO,
    SPREAD,
    Average,
    averages,
    by_language,
    sets,
)
from plion.scoring.statistics.bootstrap import Sample
from plion.scoring.statistics.clusters import corpus
from plion.scoring.statistics.estimate import ONE_SEED, Over
from plion.scoring.statistics.intervals import REPLICATES, Resampled, resample
from plion.scoring.statistics.rate import Rate, with_intervals


@cache  # the table and the CSV show the same
def run_rates(study: Study, run: Run) -> dict[str, Rate]:
    """By benchmark key and by the names of AGGREGATES; benchmarks without a rate have none.

    Each set is resampled once, in its clusters, and every average is taken replicate by replicate.
    Where the study has several seeds, how they vary is in the intervals.
    """
    rates, languages = run.rates, run.languages
    found = averages(rates, languages)
    own = {name: average for name, average in found.items() if name in AGGREGATES}
    return of_runs(study, [run], sets(rates, languages) | own)


@cache
def language_rates(study: Study, run: Run) -> dict[str, Rate]:
    """The mean rate of each language, by its key, and of several the SPREAD between them."""
    rates, languages = run.rates, run.languages
    apart = {name: own for name, own in averages(rates, languages).items() if name == SPREAD}
    return of_runs(study, [run], by_language(rates, languages) | apart)


def of_runs(study: Study, runs: Sequence[Run], named: Mapping[str, Average]) -> dict[str, Rate]:
    """Averages of the mean of runs, all tested on the same utterances, with their intervals."""
    if not named:
        return {}
    together = peers(study, runs[0])
    shares = np.array([(run in runs) / len(runs) for run in together])
    return with_intervals(named, resampled(together), shares)


@cache  # all averages of a study's runs, and all its contrasts, are over the same replicates
def resampled(runs: tuple[Run, ...], replicates: int = REPLICATES) -> Resampled:
    """The test sets of runs that were tested on the same utterances, drawn anew."""
    samples = [sample([run.scores[key] for run in runs]) for key in runs[0].rates]
    return resample(samples, replicates, cells=cell_numbers(runs))


def intervals_note(study: Study) -> str:
    """What the 95 % intervals of a study's runs are over; empty where none has a macro average.

    Those of most runs first; runs whose intervals are over something else are named.
    """
    overs: dict[Over, list[str]] = {}
    for run in study.runs:
        if MACRO in (made := run_rates(study, run)):
            overs.setdefault(made[MACRO].over, []).append(run.title)
    if not overs:
        return ""
    first, *others = sorted(overs, key=lambda over: -len(overs[over]))
    said = [f"95 % intervals are over {first}"]
    said += [f"of {', '.join(overs[over])} over {over}" for over in others]
    alone = " What another seed would change is not in them." if first == ONE_SEED else ""
    return f"{'; '.join(said)}.{alone}"


def sample(systems: Sequence[Scored]) -> Sample:
    """One benchmark under several runs that were scored on the same utterances."""
    return counted_sample(systems[0], [scored.utterances for scored in systems])


def counted_sample(
    scored: Scored, counted: Sequence[UtteranceCounts], *, capped: bool = False
) -> Sample:
    """A benchmark's utterances as several systems' errors were counted, `capped` or as they are."""
    errors = np.stack([own.capped_errors if capped else own.errors for own in counted])
    source = corpus(scored.benchmark.key, scored.benchmark.language)
    return Sample(scored.benchmark.key, errors, counted[0].lengths, scored.clusters, source)
