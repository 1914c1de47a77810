"""Main effects of simulated studies: how often they are found where they are, and where not.

Ten thousand studies of each number of seeds take minutes: `make test-slow`. Seeds are fixed.
"""

import pytest
from simulated_factorials import Factorial

AT_MOST = 6.0  # percent, of equal cells told apart and of differences wrongly called equivalent
OF_ORACLE = 0.9  # of the power of one who knows the variances
# Two seeds of six cells leave six degrees of freedom. If nothing but seeds varied, an exact t test
# with those would have 0.81 of the oracle's power.
OF_ORACLE_OVER_TWO_SEEDS = 0.8


@pytest.mark.parametrize(
    ("seeds", "studies"),
    [
        (3, 1000),
        *(pytest.param(seeds, 10_000, marks=pytest.mark.slow) for seeds in (2, 3, 5)),
    ],
)
def test_main_effects_are_found_where_they_are(seeds: int, studies: int) -> None:
    found = Factorial(seeds).repeat(studies)
    print(f"\n{studies:,} studies of six cells of {seeds} seeds: {found}")
    assert found.alike <= AT_MOST
    assert found.starred <= AT_MOST
    assert found.equivalent <= AT_MOST
    assert found.found >= found.oracle * (OF_ORACLE if seeds > 2 else OF_ORACLE_OVER_TWO_SEEDS)
