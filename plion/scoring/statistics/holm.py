"""Several tests at once: p values corrected so that all of them together keep to one level."""

from collections.abc import Sequence

import numpy as np

LEVEL = 0.05  # what a corrected p is compared with


def holm(values: Sequence[float]) -> list[float]:
    """Each p value as Holm corrects it for all of these, in their order.

    Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 1979: among the differences found at corrected p <= 0.05 there is a false one in at
    most 5 % of such families, however their tests depend on each other.
    """
    ordered = np.argsort(values, kind="stable")
    left = np.arange(len(values), 0, -1)
    stepped = np.maximum.accumulate(np.asarray(values, dtype=np.float64)[ordered] * left)
    corrected = np.empty(len(values))
    corrected[ordered] = np.minimum(stepped, 1.0)
    return corrected.tolist()
