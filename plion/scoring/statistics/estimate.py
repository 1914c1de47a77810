"""An estimate with its 95 % interval: what varies in it, what it can decide, how it is printed."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtr, stdtrit

from plion.scoring.statistics.resampling.clusters import MINIMUM

CONFIDENCE = 0.95
FEW = "†"  # marks an interval of few clusters
LEAST = 3  # clusters; with fewer no interval is shown
POWER = 0.8  # of the smallest difference that a comparison can detect

Over = Literal["test utterances", "test utterances, one seed", "seeds and test utterances"]
UTTERANCES: Over = "test utterances"
ONE_SEED: Over = "test utterances, one seed"
SEEDS: Over = "seeds and test utterances"


@dataclass(frozen=True)
class Interval:
    """An estimate and its 95 % interval, in percent or points.

    low, high: infinite if the interval is unknown, with fewer than `LEAST` clusters or clusters
    without variance. error: standard error; freedom: its degrees of freedom. clusters: number of
    independent clusters; for an average over sets, the effective number. p: two-sided, for the null
    hypothesis that the estimate (a difference) is 0. over: what varies. seeds: degrees of freedom
    of the variance over seeds, 0 if it is not included; pooled: whether that variance is pooled
    over the cells of the study.
    """

    estimate: float
    low: float
    high: float
    error: float
    freedom: float
    clusters: float
    p: float
    over: Over = UTTERANCES
    seeds: float = 0.0
    pooled: bool = True

    @property
    def decides(self) -> bool:
        """Whether p applies to the methods compared.

        With one seed it applies only to these outputs, and outputs of two seeds differ too.
        """
        return self.known and self.over != ONE_SEED

    @property
    def few(self) -> bool:
        """Whether it rests on fewer than `MINIMUM` clusters, too few for a bootstrap."""
        return self.known and self.clusters < MINIMUM

    @property
    def known(self) -> bool:
        """Whether both ends are finite."""
        return bool(np.isfinite([self.low, self.high]).all())

    @property
    def alike(self) -> bool:
        """Whether its clusters have no variance, so that the interval is unknown."""
        return self.error == 0

    @property
    def visible(self) -> float | None:
        """The smallest true difference that such a comparison finds with a power of 80 %.

        None if the interval is unknown.
        """
        if not self.known:
            return None
        quantiles = stdtrit(self.freedom, [(1 + CONFIDENCE) / 2, POWER])
        return float(quantiles.sum() * self.error)

    def outside(self, margin: float) -> float:
        """The p of a true difference of `margin` points or more, up or down.

        By two one-sided t tests (Schuirmann, "A comparison of the two one-sided tests procedure and
        the power approach for assessing the equivalence of average bioavailability", Journal of
        Pharmacokinetics and Biopharmaceutics 1987): it is at most 0.05 if the 90 % interval of
        Student's t lies within the margin. 1 if the interval is unknown.
        """
        if not self.known:
            return 1.0
        return float(stdtr(self.freedom, (abs(self.estimate) - margin) / self.error))


def ends(low: float, high: float, *, few: bool, sign: Literal["", "+"] = "") -> str:
    """An interval as printed, `[1.20, 3.40]`, with a mark if `few`; empty if unknown."""
    if not np.isfinite([low, high]).all():
        return ""
    return f"[{low:{sign}.2f}, {high:{sign}.2f}]" + (FEW if few else "")


def probability(p: float) -> str:
    """A p value as printed."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"
