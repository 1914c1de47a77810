"""How much a figure of trained systems would change with other seeds of their training.

A cell is one configuration trained under several seeds. Few seeds of one cell tell little of their
variance: two seeds leave one degree of freedom. So the variance within cells is pooled over all
cells of a study, with as many degrees of freedom as there are seeds beyond the first of each cell.
It is estimated for each statistic anew: one test set, the mean of a language, the macro average.

A contrast with a trained cell of one seed gets no part of this: nothing of its own says how that
cell varies, and a difference over one seed is not to be established by the seeds of others.

Cells that are compared may vary more than the pool. So the variance of a contrast is no less than
their own seeds say. Simulated with six cells of three seeds, of which the reference varies three
times as much as the others: pooling alone finds 19 % of differences that are none, with this floor
11 %; where all cells vary alike, 4 %.

Nor is it less than if the test sets varied independently: few seeds may agree on an average by
chance, while they differ on the sets that it is made of, which tell twelve times as much. Sets that
rise and fall together make the average vary more than that, and then its own variance counts. Of
ten real seeds of one cell, two against two are told apart in 3 % of pairs with this floor, and in
11 % without it (`make bench-seeds`).

Where cells plainly differ, each keeps its own variance, with degrees of freedom by Welch and
Satterthwaite. Plainly: the largest variance is a larger share of all (Cochran, "The distribution of
the largest of a set of estimated variances as a fraction of their total", Annals of Eugenics 1941)
than equal variances give in one of a hundred cases. Its null distribution is drawn, so it holds at
one degree of freedom a cell, where Bartlett's chi-square is far off and Levene's test is void,
since two values lie equally far from their middle. Cochran's test looks for what does harm, one
cell that varies more than the pool. It also answers to tails heavier than the normal's, which errs
on the safe side: cells that keep their own variances have wider intervals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

FIXED = -1  # the cell of a system that is not trained by the study
EQUAL_LEVEL = 0.01  # of the test that cells have equal variances
_DRAWS = 20_000
_LEAST = 1e-12  # squared points: a smaller variance is rounding


@dataclass(frozen=True)
class Seeds:
    """The part of a contrast's variance that is over seeds.

    variance: in squared points, with `freedom` degrees of freedom. both: the part of it that
    clusters of utterances count as well, because it is how seeds differ from cluster to cluster.
    pooled: whether its degrees of freedom are those of all cells together.
    """

    variance: float
    both: float
    freedom: float
    pooled: bool


def trained(cells: Codes, coefficients: Floats) -> bool:
    """Whether a contrast (systems,) has a system that is trained; cells: (systems,)."""
    return bool((cells[coefficients != 0] != FIXED).any())


def centred(cells: Codes) -> Floats:
    """(systems, systems): each row takes one system's difference from the mean of its cell."""
    same = (cells[:, None] == cells) & (cells != FIXED)
    found: Floats = np.eye(len(cells)) * (cells != FIXED) - same / np.maximum(same.sum(axis=1), 1)
    return found


def over_seeds(
    cells: Codes, parts: Floats, by_cluster: Floats, coefficients: Floats
) -> Seeds | None:
    """What the seeds contribute to a contrast; None where one of its own cells has one seed only.

    cells: (systems,) which cell each is a seed of, or `FIXED`. parts: (sets, systems) what each
    test set adds to the statistic of each system. by_cluster: (systems,) the variance over clusters
    of each one's difference from the mean of its cell (see `centred`). coefficients: (systems,).
    """
    codes = np.array([cell for cell in np.unique(cells) if cell != FIXED], dtype=np.intp)
    freedoms = np.array([(cells == cell).sum() - 1 for cell in codes], dtype=np.float64)
    weights = np.array([(coefficients[cells == cell] ** 2).sum() for cell in codes])
    if not freedoms[weights > 0].all():
        return None
    many = freedoms > 0
    freedoms, weights, codes = freedoms[many], weights[many], codes[many]
    values = parts.sum(axis=0)
    squares = np.array([_squares(values[cells == cell]) for cell in codes])
    both = np.array([by_cluster[cells == cell].sum() for cell in codes])
    if unequal(squares, freedoms):
        return _apart(weights, squares, both, freedoms)
    freedom = float(freedoms.sum())
    independent = sum(_squares(one[cells == cell]) for one in parts for cell in codes)
    pooled = Seeds(
        weights.sum() * max(squares.sum(), independent) / freedom,
        weights.sum() * both.sum() / freedom,
        freedom,
        True,
    )
    own = float(weights @ (squares / freedoms))
    if own <= pooled.variance:
        return pooled
    return Seeds(own, float(weights @ (both / freedoms)), freedom, True)


def _squares(values: Floats) -> float:
    return float(((values - values.mean()) ** 2).sum())


def _apart(weights: Floats, squares: Floats, both: Floats, freedoms: Floats) -> Seeds:
    """Each cell's own variance."""
    parts = weights * squares / freedoms
    total = float(parts.sum())
    used = float(freedoms[weights > 0].min())
    freedom = total**2 / float((parts**2 / freedoms).sum()) if total else used
    return Seeds(total, float(weights @ (both / freedoms)), freedom, False)


def unequal(squares: Floats, freedoms: Floats) -> bool:
    """Whether cells plainly differ in their variances.

    squares: (cells,) sums of squares about each cell's mean; freedoms: (cells,), all above 0.
    """
    if len(squares) < 2 or squares.sum() <= _LEAST:
        return False
    drawn = _null(tuple(freedoms.tolist()))
    return bool((drawn >= _largest(squares, freedoms)).mean() <= EQUAL_LEVEL)


@cache
def _null(freedoms: Sequence[float]) -> Floats:
    """Cochran's statistic of so many cells of equal variance, (draws,), with a fixed seed."""
    of = np.array(freedoms)
    return _largest(np.random.default_rng(0).chisquare(of, size=(_DRAWS, len(of))), of)


def _largest(squares: Floats, freedoms: Floats) -> Floats:
    """(..., cells) -> (...): the largest variance as a multiple of the pooled one."""
    found: Floats = (squares / freedoms).max(axis=-1) / (squares.sum(axis=-1) / freedoms.sum())
    return found
