"""How far a rate could lie elsewhere on other utterances: bootstrap intervals.

Utterances are drawn with replacement within each test set (Bisani and Ney, "Bootstrap estimates for
confidence intervals in ASR performance evaluation", ICASSP 2004). Systems scored on the same
utterances are drawn together, so their difference is paired; averages over sets are taken replicate
by replicate. The intervals hold for the test utterances alone: not for training runs, whose seeds
differ, and not for new speakers.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

REPLICATES = 1000
_CELLS = 4_000_000  # drawn numbers held at a time, 32 MB


@dataclass(frozen=True)
class Sample:
    """One test set under one or more systems.

    errors: (systems, utterances); lengths: (utterances,), tokens of the references, shared.
    `key` seeds the set's draws, so that they do not depend on which other sets there are.
    """

    key: str
    errors: np.ndarray
    lengths: np.ndarray


@dataclass(frozen=True)
class Interval:
    """An estimate and its 95 % percentile interval, in percent or points."""

    estimate: float
    low: float
    high: float


def point_rates(samples: Sequence[Sample]) -> np.ndarray:
    """Pooled rates in percent, (sets, systems); NaN for a set without a reference token."""
    totals = [(sample.errors.sum(axis=1), sample.lengths.sum()) for sample in samples]
    return np.stack([_percent(errors, np.asarray(length)) for errors, length in totals])


def replicate_rates(
    samples: Sequence[Sample], replicates: int = REPLICATES, seed: int = 0
) -> np.ndarray:
    """Pooled rates in percent on resampled utterances, (replicates, sets, systems).

    A replicate without a single reference token has rate NaN.
    """
    return np.stack([_resample(sample, replicates, seed) for sample in samples], axis=1)


def percentile_interval(values: np.ndarray) -> tuple[float, float]:
    """The middle 95 % of a statistic's replicates, (replicates,); NaN ones are left out."""
    low, high = np.nanpercentile(values, (2.5, 97.5))
    return float(low), float(high)


def contrast(
    samples: Sequence[Sample],
    coefficients: Sequence[float] = (1.0,),
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Interval:
    """A linear combination of systems' macro-average rates over the sets, with its interval.

    `coefficients`, one a system: (1,) is the macro average of one system, or with one set its
    rate; (1, -1) the paired difference of two; (1, -1, -1, 1) the interaction of two factors.
    """
    weights = np.asarray(coefficients)
    estimate = float((point_rates(samples) @ weights).mean())
    resampled = (replicate_rates(samples, replicates, seed) @ weights).mean(axis=1)
    return Interval(estimate, *percentile_interval(resampled))


def _resample(sample: Sample, replicates: int, seed: int) -> np.ndarray:
    """Rates of one set, (replicates, systems)."""
    utterances = len(sample.lengths)
    rng = np.random.default_rng((seed, zlib.crc32(sample.key.encode())))
    columns = np.vstack([sample.errors, sample.lengths]).T.astype(np.float64)
    step = max(1, _CELLS // utterances)
    rates = []
    for start in range(0, replicates, step):
        rows = min(step, replicates - start)
        drawn = rng.integers(utterances, size=(rows, utterances))
        # How often each utterance was drawn, all replicates of the chunk in one count.
        drawn += utterances * np.arange(rows)[:, None]
        times = np.bincount(drawn.ravel(), minlength=rows * utterances)
        sums = times.reshape(rows, utterances).astype(np.float64) @ columns
        rates.append(_percent(sums[:, :-1], sums[:, -1:]))
    return np.concatenate(rates)


def _percent(errors: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    rates = np.full(np.broadcast_shapes(errors.shape, lengths.shape), np.nan)
    np.divide(100 * errors, lengths, out=rates, where=lengths > 0)
    return rates
