"""Proposals of a sweep: a function of its seed, the trial's number and the trials before."""

from types import SimpleNamespace
from typing import Any

import pytest
from optuna.trial import FrozenTrial, TrialState, create_trial

from plion.studies.search.proposals import distribution, propose
from plion.studies.search.space import Dimension, Range

SPACE = (
    Dimension("sampler.name", ("uniform", "temperature"), {}),
    Dimension("sampler.temperature.T", (1, 2, 5), {"sampler.name": ("temperature",)}),
    Dimension("optim.lr", Range(1e-5, 1e-3, log=True, whole=False), {}),
    Dimension("batch.per_step", Range(1, 4, log=False, whole=True), {}),
)


def sweep(kind: str, space: tuple[Dimension, ...] = SPACE, seed: int = 0) -> Any:
    return SimpleNamespace(proposals=kind, space=space, seed=seed, objectives=("one",))


def told(search: Any, count: int) -> list[FrozenTrial]:
    """Trials whose error is lowest at the lowest learning rate."""
    trials: list[FrozenTrial] = []
    for number in range(count):
        params = propose(trials, search, number)
        space = {one.key: distribution(one) for one in search.space if one.key in params}
        value = float(params["optim.lr"]) * 1e4
        trial = create_trial(
            state=TrialState.COMPLETE, value=value, params=params, distributions=space
        )
        trial.number = number
        trials.append(trial)
    return trials


@pytest.mark.parametrize("kind", ["tpe", "random"])
def test_a_proposal_depends_on_seed_and_number(kind: str) -> None:
    first = propose([], sweep(kind), 0)
    assert first == propose([], sweep(kind), 0)
    assert first != propose([], sweep(kind, seed=1), 0)
    assert first != propose([], sweep(kind), 1)


def test_only_what_is_guided_depends_on_the_trials_before() -> None:
    for kind in ("tpe", "random"):
        trials = told(sweep(kind), 12)
        alone = propose([], sweep(kind), 12)
        assert (propose(trials, sweep(kind), 12) == alone) == (kind == "random")
        assert propose(trials, sweep(kind), 12) == propose(trials, sweep(kind), 12)


@pytest.mark.parametrize("kind", ["tpe", "gp"])
def test_guided_proposals_find_the_low_end(kind: str) -> None:
    space = SPACE if kind == "tpe" else SPACE[2:3]
    trials = told(sweep(kind, space), 20)
    later = sorted(trial.params["optim.lr"] for trial in trials[12:])
    assert later[len(later) // 2] < 1e-4  # the middle of the space


def test_a_setting_with_a_condition_is_proposed_where_it_holds() -> None:
    for trial in told(sweep("tpe"), 20):
        has = "sampler.temperature.T" in trial.params
        assert has == (trial.params["sampler.name"] == "temperature")
