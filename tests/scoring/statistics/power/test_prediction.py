"""Power: equal to the noncentral t where that holds, and to what simulated studies find."""

import numpy as np
import pytest
from known_variances import Known
from scipy.stats import nct, t

from plion.scoring.statistics.power.components import Components, OfRuns
from plion.scoring.statistics.power.prediction import (
    power,
    seeds_needed,
    smallest_difference,
)

STUDIES = 10_000


def of_two_cells(variance: float, floor: float = 0.0, freedom: float = 4) -> Components:
    """Two cells of one test set, in which the bounds of the variance never count."""
    runs = OfRuns(variance, variance, 1.0, 0.0, freedom)
    return Components(runs, (1.0, 1.0), 2, floor, 99)


@pytest.mark.parametrize("seeds", [2, 3, 5, 20])
@pytest.mark.parametrize("difference", [0.5, 1.0, 1.5])
def test_with_one_variance_it_is_a_tail_of_the_noncentral_t(seeds: int, difference: float) -> None:
    variance, freedom = 0.5, 2 * (seeds - 1)
    centre, limit = difference / np.sqrt(2 * variance / seeds), t.ppf(0.975, freedom)
    exact = nct.sf(limit, freedom, centre) + nct.cdf(-limit, freedom, centre)
    assert power(of_two_cells(variance), seeds, difference) == pytest.approx(exact, abs=1e-3)


def test_with_any_number_of_seeds_the_clusters_alone_decide() -> None:
    parts = of_two_cells(0.5, floor=0.09)
    limit = smallest_difference(parts, None)
    centre, quantile = limit / 0.3, t.ppf(0.975, 99)
    assert nct.sf(quantile, 99, centre) == pytest.approx(0.8, abs=1e-3)
    assert smallest_difference(parts, 500) == pytest.approx(limit, rel=0.02)
    assert seeds_needed(parts, 0.99 * limit) is None
    assert seeds_needed(parts, 1.2 * limit) is not None


def test_the_seeds_needed_are_the_fewest_that_find_the_difference() -> None:
    parts = of_two_cells(0.5, floor=0.02)
    for difference in (0.44, 0.6, 1.0, 2.0):
        needed = seeds_needed(parts, difference)
        assert needed is not None
        assert power(parts, needed, difference) >= 0.8 > power(parts, needed - 1, difference)
        assert smallest_difference(parts, needed) <= difference
    assert seeds_needed(parts, 100.0) == 2
    assert seeds_needed(parts, 0.0) is None


def test_one_seed_predicts_nothing() -> None:
    with pytest.raises(ValueError, match="1 seeds of a cell have no variance"):
        power(of_two_cells(0.5), 1, 1.0)


def test_the_upper_bound_holds_four_of_five_times() -> None:
    freedom, draws = 4, np.random.default_rng(0).chisquare(4, 4000) / 4
    held = [of_two_cells(own, freedom=freedom).upper.runs.variance >= 1 for own in draws]
    assert np.mean(held) == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize(("cells", "seeds"), [(2, 3), (6, 2)])
def test_simulated_studies_find_as_often_as_predicted(cells: int, seeds: int) -> None:
    """Over few studies: within three standard errors."""
    known, studies = Known(cells, seeds, sets=2), 150
    difference = smallest_difference(known.components, seeds)
    assert known.found(range(studies), difference) == pytest.approx(0.8, abs=0.1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cells", "seeds", "part"), [(2, 2, 1.0), (2, 5, 0.6), (6, 2, 1.0), (6, 3, 0.6), (6, 5, 1.0)]
)
def test_ten_thousand_studies_find_as_often_as_predicted(
    cells: int, seeds: int, part: float
) -> None:
    """Within 3 points; `part`: of the difference that should be found in 80 % of studies."""
    known = Known(cells, seeds, sets=2)
    difference = part * smallest_difference(known.components, seeds)
    predicted = power(known.components, seeds, difference)
    found = known.found(range(STUDIES // 5), difference, replicates=4000)
    print(f"\n{cells} cells of {seeds} seeds: predicted {predicted:.3f}, found {found:.3f}")
    assert found == pytest.approx(predicted, abs=0.03)
