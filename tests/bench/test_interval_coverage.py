"""How often 95 % intervals hold the truth, on simulated speakers: `make bench`.

2,000 repetitions, so a share of 95 % has a standard error of 0.5 points.
"""

import numpy as np
import pytest
from simulated import (
    TRUE_DIFFERENCE,
    TRUE_MACRO,
    TRUE_RATE,
    by_seed,
    coverage,
    of_seeds,
    one_set,
    repeated,
    several_sets,
    two_cells,
    two_systems,
    unblocked,
)

REPETITIONS = 2000
CASES = {
    "one set": (one_set, TRUE_RATE, (1.0,)),
    "difference": (two_systems, TRUE_DIFFERENCE, (1.0, -1.0)),
    "macro": (several_sets, TRUE_MACRO, (1.0,)),
}


@pytest.mark.bench
@pytest.mark.parametrize("case", CASES)
def test_coverage_of_intervals(case: str) -> None:
    make, truth, coefficients = CASES[case]
    many = repeated(REPETITIONS, lambda rng: make(rng, 100), coefficients, 1000)
    few = repeated(REPETITIONS, lambda rng: make(rng, 20), coefficients, 1000)
    alone = repeated(200, lambda rng: unblocked(make(rng, 100)), coefficients, 1000)
    shares = [coverage(found, truth) for found in (many, few, alone)]
    print(
        f"\ncoverage, {case}: {shares[0]:.1f} % at 100 clusters a set, {shares[1]:.1f} % at 20 "
        f"({sum(found.few for found in few)} of {len(few)} marked), {shares[2]:.1f} % without "
        "clusters"
    )
    assert 93 <= shares[0] <= 97
    assert shares[2] < 85


@pytest.mark.bench
@pytest.mark.parametrize("seeds", [1, 2, 3, 5, 8])
def test_false_positives_of_like_systems(seeds: int) -> None:
    between = 0.1 if seeds > 1 else 0.0  # what seeds do is in no interval over one
    found = repeated(
        REPETITIONS,
        lambda rng: [of_seeds(rng, 100, seeds, between=between)],
        by_seed(seeds),
        1000,
        two_cells(seeds),
    )
    share = 100 * np.mean([one.p <= 0.05 for one in found])
    print(f"\nA/A over {seeds} seeds: {share:.1f} % found at p 0.05")
    assert share == pytest.approx(5, abs=3 * 100 * np.sqrt(0.05 * 0.95 / REPETITIONS))
