"""An estimate with its 95 % interval: what that is over, what it decides, how it is printed."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtrit

from plion.scoring.statistics.clusters import MINIMUM

CONFIDENCE = 0.95
FEW = "†"  # marks an interval of few clusters
LEAST = 3  # clusters: of fewer no interval is shown
POWER = 0.8  # at which a difference counts as one that could have been seen

Over = Literal["test utterances", "test utterances, one seed", "seeds and test utterances"]
UTTERANCES: Over = "test utterances"
ONE_SEED: Over = "test utterances, one seed"
SEEDS: Over = "seeds and test utterances"


@dataclass(frozen=True)
class Interval:
    """An estimate and its 95 % interval, in percent or points.

    error: its standard error. freedom: the degrees of freedom of that error. clusters: how many
    independent clusters it rests on; of an average over sets, how many of one set would tell as
    much. p: two-sided, of there being nothing where the estimate is a difference. Fewer than
    `LEAST` clusters tell nothing, nor do clusters that are all alike: such an interval has no ends.
    over: what varies in it. seeds: the degrees of freedom of the variance over seeds, 0 where it is
    not in it; pooled: whether that variance is pooled over the cells of the study.
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
        """Whether its p speaks of the methods compared.

        Over one seed it does not: it says that these outputs differ, and so do those of two seeds.
        """
        return self.known and self.over != ONE_SEED

    @property
    def few(self) -> bool:
        """Whether its ends rest on too few clusters for resampling them."""
        return self.known and self.clusters < MINIMUM

    @property
    def known(self) -> bool:
        """Whether it has ends."""
        return bool(np.isfinite([self.low, self.high]).all())

    @property
    def alike(self) -> bool:
        """Whether its clusters are all alike, which tells nothing of others."""
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


def ends(low: float, high: float, *, few: bool, sign: Literal["", "+"] = "") -> str:
    """An interval as it is printed, marked where it is of few clusters; empty where not known."""
    if not np.isfinite([low, high]).all():
        return ""
    return f"[{low:{sign}.2f}, {high:{sign}.2f}]" + (FEW if few else "")


def probability(p: float) -> str:
    """A p value as it is printed."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"
