"""Rates of a run under another metric or with capped errors, and their change from the base."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from plion.results.analysis.pairing import paired_sets
from plion.results.analysis.peers import cell_numbers, peers, sharing
from plion.results.analysis.rates import counted_sample
from plion.results.reading.study import Run, Study
from plion.scoring.counts import UtteranceCounts
from plion.scoring.scored import count_rows
from plion.scoring.statistics.averages import macro_weights
from plion.scoring.statistics.intervals import intervals
from plion.scoring.statistics.rate import Rate, rate_of
from plion.scoring.statistics.resampled import Resampled, resample
from plion.text.languages import Language
from plion.text.metrics import Metric


@dataclass(frozen=True)
class Counting:
    """How errors are counted: by `metric` (None: each set's own); `capped` at reference length."""

    metric: Metric | None = None
    capped: bool = False


OWN = Counting()
CHARACTERS = Counting("cer", capped=True)
"""How languages are shown whose transcripts run on."""


def recount(run: Run, key: str, metric: Metric | None) -> UtteranceCounts:
    """Counts of a run's utterances of a benchmark under another metric, in order of their ids."""
    scored = run.scores[key]
    if metric in (None, scored.benchmark.metric):
        return scored.utterances
    if (key, metric) not in run.recounted:  # several tables show the same
        language = scored.benchmark.spoken
        run.recounted[key, metric] = count_rows(scored.rows, language, metric, run.profile)
    return run.recounted[key, metric]


def prepare(run: Run) -> None:
    """Compute what tables need of every transcript of a run: faults, languages, other metrics."""
    for key, one in run.scores.items():
        _ = one.faults
        for metric in _others(one.benchmark.spoken):
            recount(run, key, metric)
    if run.scores:
        _ = run.taken


def _others(spoken: Language) -> Iterator[Metric]:
    """The metrics that tables show a language by beside its own."""
    if spoken.second_metric:
        yield spoken.second_metric
    if spoken.capped and CHARACTERS.metric:
        yield CHARACTERS.metric


def rated(run: Run, keys: Sequence[str], counting: Counting = OWN) -> list[str]:
    """The sets among `keys` on which a run has a rate."""
    return [
        key
        for key in keys
        if key in run.scores and recount(run, key, counting.metric).lengths.any()
    ]


def mean(study: Study, run: Run, keys: Sequence[str], counting: Counting = OWN) -> Rate | None:
    """The plain mean of a run's rates over its rated sets among `keys`; None if it has none."""
    own = tuple(rated(run, keys, counting))
    return _means(study, sharing(study, run)[0], None, own, counting=counting).get(run)


def change(
    study: Study, run: Run, base: Run, keys: Sequence[str], *, counting: Counting = OWN
) -> Rate | None:
    """The mean of a run minus that of the base, paired by utterance, in points.

    None for the base itself, and if the base was not tested on the same utterances of every set.
    """
    own = tuple(rated(run, keys, counting))
    if run is base or not set(own) <= set(paired_sets(run, base)):
        return None
    return _means(study, sharing(study, run)[0], base, own, counting=counting).get(run)


@lru_cache(maxsize=64)
def _means(
    study: Study, first: Run, base: Run | None, keys: tuple[str, ...], *, counting: Counting
) -> dict[Run, Rate]:
    """The mean of every run with the same peers as the first, minus that of a base if given."""
    if not keys:
        return {}
    runs = _together(study, first, base)
    places = {run: place for place, run in enumerate(runs)}
    own = [run for run in sharing(study, first) if run is not base]
    coefficients = np.eye(len(runs))[[places[run] for run in own]]
    if base:
        coefficients[:, -1] = -1
    found = intervals(_drawn(runs, keys, counting), macro_weights(len(keys))[None], coefficients)
    return {run: rate_of(one) for run, (one,) in zip(own, found, strict=True)}


def _together(study: Study, run: Run, base: Run | None) -> tuple[Run, ...]:
    """The peers of a run, the base last."""
    others = tuple(other for other in peers(study, run) if other is not base)
    return (*others, base) if base else others


def _drawn(runs: tuple[Run, ...], keys: tuple[str, ...], counting: Counting) -> Resampled:
    samples = [
        counted_sample(
            runs[0].scores[key],
            [recount(run, key, counting.metric) for run in runs],
            capped=counting.capped,
        )
        for key in keys
    ]
    return resample(samples, cells=cell_numbers(runs))
