"""How far a figure could lie elsewhere: on other speakers, and with other seeds of the training.

Blocks of utterances are drawn with replacement (Bisani and Ney, "Bootstrap estimates for confidence
intervals in ASR performance evaluation", ICASSP 2004; by blocks: Liu and Peng, Interspeech 2020).
Systems scored on the same utterances are drawn together, so their difference is paired; averages
over sets are taken replicate by replicate. Of runs over several seeds, seeds are drawn and then
blocks.

A plain percentile interval is too narrow where there are few blocks or seeds. So replicates are
spread to the variance of the delete-one jackknife, and their quantiles from the normal's to
Student's t (the expanded percentile interval of Hesterberg, "What teachers should know about the
bootstrap", The American Statistician 2015), its degrees of freedom by Welch and Satterthwaite.
Under `blocks.MINIMUM` blocks the interval is that of Student's t itself. Under `SEEDS` seeds it is
the wider of two: Student's t on the differences of the seeds, and on those of the blocks; p is the
larger of theirs, or what is wider at 95 % would be trusted far beyond it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.special import ndtri, stdtr, stdtrit

from plion.evaluation.averages import macro_weights
from plion.evaluation.blocks import MINIMUM
from plion.evaluation.resampling import Floats, Group, Sample, grouped

REPLICATES = 1000
TEST_REPLICATES = 10_000  # so that p can get small enough to survive a correction for many
SEEDS = 5  # with fewer, seeds are not resampled
CONFIDENCE = 0.95
FEW = "†"  # marks an interval of few blocks
LEAST = 3  # blocks: of fewer no interval is shown
_ALIKE = 1e-9  # points: a smaller error is rounding
POWER = 0.8  # at which a difference counts as one that could have been seen


@dataclass(frozen=True)
class Interval:
    """An estimate and its 95 % interval, in percent or points.

    error: its standard error. freedom: the degrees of freedom of that error. blocks: how many
    independent blocks it rests on; of an average over sets, how many of one set would tell as
    much. p: two-sided, of there being nothing where the estimate is a difference. Fewer than
    `LEAST` blocks tell nothing, nor do blocks that are all alike: such an interval has no ends.
    """

    estimate: float
    low: float
    high: float
    error: float
    freedom: float
    blocks: float
    p: float

    @property
    def few(self) -> bool:
        """Whether its ends rest on too few blocks for resampling them."""
        return self.known and self.blocks < MINIMUM

    @property
    def known(self) -> bool:
        """Whether it has ends."""
        return bool(np.isfinite([self.low, self.high]).all())

    @property
    def alike(self) -> bool:
        """Whether its blocks are all alike, which tells nothing of others."""
        return self.error == 0

    @property
    def visible(self) -> float | None:
        """The smallest true difference that four of five such comparisons would have found.

        None where it has no ends, as of systems that do not differ or do everywhere alike.
        """
        if not self.known:
            return None
        quantiles = stdtrit(self.freedom, [(1 + CONFIDENCE) / 2, POWER])
        return float(quantiles.sum() * self.error)


def ends(low: float, high: float, few: bool, sign: Literal["", "+"] = "") -> str:
    """An interval as it is printed, marked where it is of few blocks; empty where not known."""
    if not np.isfinite([low, high]).all():
        return ""
    return f"[{low:{sign}.2f}, {high:{sign}.2f}]" + (FEW if few else "")


@dataclass(frozen=True, eq=False)
class Resampled:
    """Test sets and their replicates.

    rates: (sets, systems) in percent; drawn: (replicates, sets, systems); seed: of the draws.
    """

    groups: Sequence[Group]
    rates: Floats
    drawn: Floats
    seed: int


def resample(samples: Sequence[Sample], replicates: int = REPLICATES, seed: int = 0) -> Resampled:
    """Draws every set anew, `replicates` times; all of the same systems, with a reference token."""
    groups = grouped(samples)
    rates = np.stack([sample.rates for sample in samples])
    drawn = np.empty((replicates, *rates.shape))
    for group in groups:
        drawn[:, group.places] = group.draw(replicates, seed)
    return Resampled(groups, rates, drawn, seed)


def contrast(
    samples: Sequence[Sample],
    coefficients: Sequence[float] | Floats = (1.0,),
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Interval:
    """A combination of systems' macro-average rates over the sets; see `interval`."""
    drawn = resample(samples, replicates, seed)
    return interval(drawn, macro_weights(len(samples)), coefficients)


def interval(
    resampled: Resampled, weights: Floats, coefficients: Sequence[float] | Floats
) -> Interval:
    """A sum of rates over sets and systems, with its interval.

    weights, one a set: 1/n for the macro average. coefficients, one a system: (1,) is the rate of
    one system, (1, -1) the paired difference of two, (1, -1, -1, 1) the interaction of two factors;
    or (seeds, systems), one row for the runs of each seed, of which the mean is taken. What is no
    difference has no end below 0.
    """
    found = _interval(resampled, weights, coefficients)
    if found.error < _ALIKE:
        return replace(found, low=-np.inf, high=np.inf, error=0.0)
    if found.blocks < LEAST:
        return replace(found, low=-np.inf, high=np.inf, p=1.0)
    if (weights < 0).any() or (np.asarray(coefficients) < 0).any():
        return found
    return replace(found, low=max(found.low, 0.0))


def _interval(
    resampled: Resampled, weights: Floats, coefficients: Sequence[float] | Floats
) -> Interval:
    by_seed = np.atleast_2d(np.asarray(coefficients, dtype=np.float64))
    seeds = len(by_seed)
    values = by_seed @ (weights @ resampled.rates)
    estimate = float(values.mean())
    used = [group for group in resampled.groups if weights[list(group.places)].any()]
    between, freedom = _between_blocks(used, weights, by_seed.mean(axis=0))
    if np.isnan(between):  # of one block alone nothing is known
        return Interval(estimate, -np.inf, np.inf, np.inf, 1.0, 1.0, 1.0)
    blocks = freedom + 1
    of_seeds = float(values.var(ddof=1)) / seeds if seeds > 1 else 0.0
    if 1 < seeds < SEEDS:
        on_seeds = _student(estimate, of_seeds, seeds - 1, blocks)
        on_blocks = _student(estimate, between, freedom, blocks)
        wider = max(on_seeds, on_blocks, key=_width)
        return replace(wider, p=max(on_seeds.p, on_blocks.p))
    variance = between
    if seeds > 1:
        variance, freedom = _crossed(of_seeds, (between, freedom), used, weights, by_seed)
    if blocks < MINIMUM:
        return _student(estimate, variance, freedom, blocks)
    spread = _expanded(_deviations(resampled, weights, by_seed, estimate), variance, freedom)
    low, high = np.quantile(estimate + spread, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    beyond = min((estimate + spread <= 0).sum(), (estimate + spread >= 0).sum())
    p = min(1.0, 2 * (1 + int(beyond)) / (1 + len(spread)))
    return Interval(estimate, float(low), float(high), variance**0.5, freedom, blocks, p)


def _between_blocks(
    groups: Sequence[Group], weights: Floats, coefficients: Floats
) -> tuple[float, float]:
    """The variance of a sum of rates over blocks, and its degrees of freedom."""
    parts = [group.variance(weights[list(group.places)], coefficients) for group in groups]
    freedom = _freedom([(variance, number - 1) for variance, number in parts])
    return sum(variance for variance, _ in parts), freedom


def _crossed(
    of_seeds: float,
    of_blocks: tuple[float, float],
    groups: Sequence[Group],
    weights: Floats,
    by_seed: Floats,
) -> tuple[float, float]:
    """The variance over seeds and blocks, and its degrees of freedom.

    To what the blocks contribute comes what the seeds do, less what both count: the errors of one
    seed on one block.
    """
    seeds, mean = len(by_seed), by_seed.mean(axis=0)
    between, freedom = of_blocks
    alone = [_between_blocks(groups, weights, one - mean)[0] for one in by_seed]
    both = sum(alone) / (seeds * (seeds - 1))
    variance = max(of_seeds + between - both, of_seeds, between)
    own = max(of_seeds - both, 0.0) if between > of_seeds else of_seeds
    return variance, _freedom([(own, seeds - 1), (variance - own, freedom)])


def _deviations(resampled: Resampled, weights: Floats, by_seed: Floats, estimate: float) -> Floats:
    """How far each replicate lies from the estimate; of several seeds, they too are drawn."""
    used = weights != 0
    drawn = np.tensordot(resampled.drawn[:, used], weights[used], (1, 0)) @ by_seed.T
    seeds = len(by_seed)
    if seeds > 1:
        chosen = np.random.default_rng((resampled.seed, seeds)).integers(seeds, size=drawn.shape)
        drawn = np.take_along_axis(drawn, chosen, axis=1)
    deviations: Floats = drawn.mean(axis=1) - estimate
    return deviations


def _freedom(parts: Sequence[tuple[float, float]]) -> float:
    """Degrees of freedom of a sum of variances, each with its own (Welch and Satterthwaite)."""
    total = sum(part for part, _ in parts)
    if not total:
        return min(freedom for _, freedom in parts)
    # Rounded, so that one part alone keeps its own to the digit.
    return round(total**2 / sum(part**2 / max(freedom, 1) for part, freedom in parts), 9)


def _student(estimate: float, variance: float, freedom: float, blocks: float) -> Interval:
    error = variance**0.5
    half = float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) * error
    ratio = -abs(estimate) / error if error else (-np.inf if estimate else 0.0)
    p = 2 * float(stdtr(freedom, ratio))
    return Interval(estimate, estimate - half, estimate + half, error, freedom, blocks, p)


def _width(found: Interval) -> float:
    return found.high - found.low


def _expanded(deviations: Floats, variance: float, freedom: float) -> Floats:
    """Sorted deviations, NaN left out, with at least this variance and the tails of Student's t.

    They are never drawn together: where few blocks have errors, a lump of replicates lies at 0, and
    would come to lie beyond it.
    """
    ordered = np.sort(deviations[~np.isnan(deviations)])
    drawn = ordered.std()
    if not drawn:
        return np.zeros_like(ordered)
    part = (np.arange(len(ordered)) + 0.5) / len(ordered)
    normal = ndtri(part)
    tails = np.divide(stdtrit(freedom, part), normal, out=np.ones_like(normal), where=normal != 0)
    expanded: Floats = ordered * max(1.0, variance**0.5 / drawn) * tails
    return expanded
