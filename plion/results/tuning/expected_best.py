"""The error to expect of the best of k trials (Dodge et al. 2019, arXiv 1909.03004)."""

from collections.abc import Sequence


def expected_best(errors: Sequence[float]) -> list[float]:
    """The expected lowest of k errors, for k from 1 to their number.

    The paper's estimator: k trials are drawn from those that were made, independently and with
    replacement, all tuples with equal probability. It is exact over these tuples: of n errors in
    ascending order, the i-th is the lowest with probability ((n-i+1)^k - (n-i)^k) / n^k. As trials
    may be drawn twice, it stays above the lowest error even at k = n.
    """
    ordered, n = sorted(errors), len(errors)
    return [
        sum(
            error * (((n - place) / n) ** k - ((n - place - 1) / n) ** k)
            for place, error in enumerate(ordered)
        )
        for k in range(1, n + 1)
    ]
