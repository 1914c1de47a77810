"""The variance over training seeds of a rate or difference.

A cell is one configuration trained with several seeds. Few seeds estimate a variance badly: two
leave one degree of freedom. So the variance within cells is pooled over all cells of a study, which
has one degree of freedom for every seed beyond the first of each cell. It is estimated separately
for each statistic: a test set, a language mean, the macro average.

A contrast that includes a trained cell with one seed gets no variance over seeds: the other cells'
seeds cannot say how that cell varies.

Cells compared may vary more than the pool. So the variance of a contrast is at least what their own
seeds give. In simulations with six cells of three seeds, one of which (the reference) varies three
times as much as the others, pooling alone finds a false difference in 19 % of cases, and with this
lower bound in 11 %; with equal variances, in 4 %.

The variance is also at least what it would be if test sets varied independently: few seeds may
agree on an average by chance while they differ on its sets, which are twelve times as many values.
If sets rise and fall together, the average's own variance is larger and counts. Of ten real seeds
of one cell, two against two differ significantly in 3 % of pairs with this lower bound, and in 11 %
without it (`make bench-seeds`).

If variances clearly differ between cells, each keeps its own, with degrees of freedom by Welch and
Satterthwaite. The test is Cochran's ("The distribution of the largest of a set of estimated
variances as a fraction of their total", Annals of Eugenics 1941) at the 1 % level: whether the
largest variance is too large a share of the total. Its null distribution is simulated, so that it
is valid with one degree of freedom per cell, where Bartlett's chi-square approximation is poor and
Levene's test impossible (two values are equally far from their mean). Cochran's test finds what
does harm: one cell that varies more than the pool. It also reacts to tails heavier than normal,
which is the safe side: cells that keep their own variances get wider intervals.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

FIXED = -1  # cell number of a system that the study did not train
EQUAL_LEVEL = 0.01  # of the test that cells have equal variances
_DRAWS = 20_000
_LEAST = 1e-12  # squared points: a smaller variance is rounding


@dataclass(frozen=True)
class Seeds:
    """The part of a contrast's variance that is over seeds.

    variance: in squared points, with `freedom` degrees of freedom. both: the part of it that the
    variance over clusters includes too (how seeds differ from cluster to cluster). pooled: whether
    it is pooled over all cells.
    """

    variance: float
    both: float
    freedom: float
    pooled: bool


def trained(cells: Codes, coefficients: Floats) -> NDArray[np.bool_]:
    """Whether contrasts include a trained system; (systems,), (..., systems) -> (...)."""
    found: NDArray[np.bool_] = ((coefficients != 0) & (cells != FIXED)).any(axis=-1)
    return found


@dataclass(frozen=True, eq=False)
class Pool:
    """A statistic of every system of a study, from which its variance over seeds is estimated.

    cells: (systems,), the cell of each system or `FIXED`. parts: (sets, systems), what each test
    set adds to the statistic of each system. by_cluster: (systems,), the variance over clusters of
    each system's difference from its cell's mean.
    """

    cells: Codes
    parts: Floats
    by_cluster: Floats

    @cached_property
    def _codes(self) -> Codes:
        """The cells of two seeds or more, in order."""
        codes, number = np.unique(self.cells[self.cells != FIXED], return_counts=True)
        return codes[number > 1]

    @cached_property
    def _places(self) -> Codes:
        """The place of each system's cell among `_codes`, or -1."""
        several = np.isin(self.cells, self._codes)
        return np.where(several, np.searchsorted(self._codes, self.cells), -1)

    def _by_cell(self, values: Floats) -> Floats:
        """Sums over the seeds of each cell: (systems, ...) -> (cells, ...)."""
        found = np.zeros((len(self._codes), *values.shape[1:]))
        several = self._places >= 0
        np.add.at(found, self._places[several], values[several])
        return found

    @cached_property
    def freedoms(self) -> Floats:
        """Degrees of freedom of each cell of two seeds or more: (cells,)."""
        return self._by_cell(np.ones(len(self.cells))) - 1

    def _squared(self, values: Floats) -> Floats:
        """Sums of squares around each cell's mean: (systems, ...) -> (cells, ...)."""
        several = self._places >= 0
        numbers = (self.freedoms + 1).reshape(-1, *[1] * (values.ndim - 1))
        apart = np.zeros_like(values)
        means = self._by_cell(values) / numbers
        apart[several] = values[several] - means[self._places[several]]
        return self._by_cell(apart**2)

    @cached_property
    def squares(self) -> Floats:
        """Sums of squares around each cell's mean: (cells,)."""
        return self._squared(self.parts.sum(axis=0))

    @cached_property
    def by_set(self) -> Floats:
        """Sums of squares around each cell's mean on each test set: (cells, sets)."""
        return self._squared(self.parts.T)

    @cached_property
    def both(self) -> Floats:
        """The parts of `squares` that the variance over clusters includes too: (cells,)."""
        return self._by_cell(self.by_cluster)

    @cached_property
    def cells_differ(self) -> bool:
        return unequal(self.squares, self.freedoms)

    def seeds(self, coefficients: Floats) -> list[Seeds | None]:
        """The seeds' part of each contrast's variance.

        coefficients: (contrasts, systems). None if a cell in it has one seed only, and if none of
        its systems was trained.
        """
        rows, systems = np.nonzero(coefficients)
        places = self._places[systems]
        single = rows[(places < 0) & (self.cells[systems] != FIXED)]
        several = places >= 0
        weights = np.zeros((len(coefficients), len(self._codes)))
        squared = coefficients[rows, systems] ** 2
        np.add.at(weights, (rows[several], places[several]), squared[several])
        known = trained(self.cells, coefficients)
        known[single] = False
        parts = self._parts(weights[known]) if known.any() else iter(())
        return [next(parts) if one else None for one in known.tolist()]

    def _parts(self, weights: Floats) -> Iterator[Seeds]:
        """The seeds' parts of contrasts' variances; weights: (contrasts, cells), of squares."""
        squares, both, freedoms = self.squares, self.both, self.freedoms
        if self.cells_differ:
            yield from (_apart(own, squares, both, freedoms) for own in weights)
            return
        freedom, total = float(freedoms.sum()), weights.sum(axis=1)
        # The sum over sets: as if they varied independently.
        pooled = total * max(squares.sum(), self.by_set.sum()) / freedom
        own = weights @ (squares / freedoms)
        of_own, of_all = weights @ (both / freedoms), total * both.sum() / freedom
        variances = np.maximum(own, pooled).tolist()
        for variance, part in zip(variances, np.where(own > pooled, of_own, of_all), strict=True):
            yield Seeds(variance, float(part), freedom, True)


def _apart(weights: Floats, squares: Floats, both: Floats, freedoms: Floats) -> Seeds:
    """The seeds' part of the variance with each cell's own variance."""
    parts = weights * squares / freedoms
    total = float(parts.sum())
    used = float(freedoms[weights > 0].min())
    freedom = total**2 / float((parts**2 / freedoms).sum()) if total else used
    return Seeds(total, float(weights @ (both / freedoms)), freedom, False)


def unequal(squares: Floats, freedoms: Floats) -> bool:
    """Whether the cells' variances differ, by Cochran's test at `EQUAL_LEVEL`.

    squares: (cells,), sums of squares around each cell's mean; freedoms: (cells,), all above 0.
    """
    if len(squares) < 2 or squares.sum() <= _LEAST:
        return False
    drawn = _null(tuple(freedoms.tolist()))
    return bool((drawn >= _largest(squares, freedoms)).mean() <= EQUAL_LEVEL)


@lru_cache(maxsize=16)
def _null(freedoms: Sequence[float]) -> Floats:
    """Simulated values of Cochran's statistic under equal variances, shape (draws,)."""
    of = np.array(freedoms)
    return _largest(np.random.default_rng(0).chisquare(of, size=(_DRAWS, len(of))), of)


def _largest(squares: Floats, freedoms: Floats) -> Floats:
    """The largest variance as a multiple of the pooled one: (..., cells) -> (...)."""
    found: Floats = (squares / freedoms).max(axis=-1) / (squares.sum(axis=-1) / freedoms.sum())
    return found
