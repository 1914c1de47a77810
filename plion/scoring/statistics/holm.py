"""Holm's correction of p values for multiple tests."""

from collections.abc import Sequence

import numpy as np

LEVEL = 0.05  # significance level that corrected p values are compared with


def holm(values: Sequence[float]) -> list[float]:
    """The p values corrected for this family of tests, in the same order.

    Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 1979. With differences accepted at corrected p <= 0.05, at most 5 % of families have
    a false one, whatever the dependence between the tests.
    """
    ordered = np.argsort(values, kind="stable")
    left = np.arange(len(values), 0, -1)
    stepped = np.maximum.accumulate(np.asarray(values, dtype=np.float64)[ordered] * left)
    corrected = np.empty(len(values))
    corrected[ordered] = np.minimum(stepped, 1.0)
    return corrected.tolist()
