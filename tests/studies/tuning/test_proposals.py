"""The values that every arm tries: a pure function of the space, the seed and the base."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from scipy.stats import qmc

from plion.config.schema import Experiment
from plion.errors import InputError
from plion.studies.search.space import Scalar, read_space
from plion.studies.tuning.proposals import Wanted, proposed

RATES = {"low": 1e-5, "high": 1e-3, "log": True}


def values(
    space: Mapping[str, Any], trials: int | None, seed: int = 0, **own: Scalar | None
) -> list[dict[str, Scalar]]:
    known = {"optim.lr": 5.0, "optim.warmup": 5.0, "batch.per_step": 1} | own
    dimensions = read_space("space", space, Experiment())
    return proposed("per_arm", dimensions, Wanted(trials, seed, known))


def rates(trials: int, seed: int = 0, **own: Scalar) -> list[float]:
    return [float(one["optim.lr"]) for one in values({"optim.lr": RATES}, trials, seed, **own)]


def test_a_list_is_tried_in_its_order() -> None:
    assert values({"optim.lr": [3e-4, 1e-4, 1e-3]}, None) == [
        {"optim.lr": 3e-4}, {"optim.lr": 1e-4}, {"optim.lr": 1e-3},
    ]  # fmt: skip


def test_of_two_lists_every_combination_is_tried() -> None:
    space = {"optim.lr": [1e-4, 1e-3], "optim.warmup": [0.1, 0.2]}
    assert len({tuple(one.values()) for one in values(space, None)}) == 4


def test_with_fewer_trials_than_values_the_bases_own_is_among_them() -> None:
    found = values({"optim.lr": [1e-4, 2e-4, 3e-4, 4e-4, 5e-4]}, 2, **{"optim.lr": 3e-4})
    assert len(found) == 2 and {"optim.lr": 3e-4} in found


def test_a_range_is_covered_evenly_after_the_bases_own_value() -> None:
    found = rates(9, **{"optim.lr": 2e-5})
    assert found[0] == 2e-5 and min(found) >= 1e-5 and max(found) <= 1e-3
    parts = np.log10(np.array(found[1:]) / 1e-5) / 2
    assert sorted(np.floor(parts * 8)) == list(range(8))  # one in each eighth
    assert qmc.discrepancy(parts[:, None]) < 0.02


def test_a_setting_that_the_base_has_not_is_tried_from_the_range_alone() -> None:
    found = values({"optim.ema": {"low": 0.9, "high": 0.99}}, 3, **{"optim.ema": None})
    assert len(found) == 3
    assert all(0.9 <= float(one["optim.ema"]) <= 0.99 for one in found)


def test_more_trials_only_add_to_a_range() -> None:
    assert rates(6)[:4] == rates(4) and rates(4) == rates(4)
    assert rates(4, seed=1) != rates(4)


def test_whole_numbers_are_whole_and_different() -> None:
    found = [one["batch.per_step"] for one in values({"batch.per_step": {"low": 1, "high": 4}}, 4)]
    assert sorted(found, key=str) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("space", "trials", "message"),
    [
        ({"optim.lr": RATES}, None, "a range needs `trials`"),
        ({"optim.lr": [1e-4, 1e-3]}, 3, "only 2 different trials; each arm needs 3"),
        ({"optim.lr": [1e-4]}, None, "only 1 different trials; each arm needs 2"),
        ({"batch.per_step": {"low": 1, "high": 3}}, 5, "only 3 different trials"),
    ],
)
def test_trials_that_there_are_not_are_refused(
    space: Mapping[str, Any], trials: int | None, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        values(space, trials)
