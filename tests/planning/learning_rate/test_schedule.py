"""Learning-rate schedules: their values where they can be reckoned by hand."""

import numpy as np
import pytest

from plion.config.training import Optim
from plion.planning.learning_rate.schedule import SHAPES, decay_step, factor, step_factors
from plion.sampling.plan import Plan
from plion.sampling.settings import Hold


@pytest.mark.parametrize("shape", SHAPES)
def test_it_rises_linearly_over_the_warmup(shape: str) -> None:
    rising = [factor(shape, 0.2, 0.0, fraction) for fraction in (0.0, 0.05, 0.1, 0.2)]
    assert rising == pytest.approx([0.0, 0.25, 0.5, 1.0])


@pytest.mark.parametrize(
    ("shape", "quarter", "half", "end"),
    [
        ("constant", 1.0, 1.0, 1.0),
        ("linear", 0.75, 0.5, 0.0),
        ("cosine", 0.853553, 0.5, 0.0),
        ("wsd", 1.0, 1.0, 0.0),
    ],
)
def test_it_falls_along_its_shape(shape: str, quarter: float, half: float, end: float) -> None:
    falling = [factor(shape, 0.2, 0.0, 0.2 + 0.8 * part) for part in (0.25, 0.5, 1.0)]
    assert falling == pytest.approx([quarter, half, end], abs=1e-6)


def test_a_stable_rate_decays_over_the_last_third() -> None:
    late = [factor("wsd", 0.0, 0.0, part) for part in (2 / 3, 5 / 6, 0.9)]
    assert late == pytest.approx([1.0, 0.5, 0.3])


@pytest.mark.parametrize("shape", ["linear", "cosine", "wsd"])
def test_it_ends_at_the_floor(shape: str) -> None:
    assert factor(shape, 0.1, 0.25, 1.0) == pytest.approx(0.25)


def test_the_floor_lifts_the_whole_fall() -> None:
    assert factor("linear", 0.0, 0.25, 0.5) == pytest.approx(0.625)


@pytest.mark.parametrize("shape", SHAPES)
def test_without_warmup_it_starts_at_its_peak(shape: str) -> None:
    assert factor(shape, 0.0, 0.0, 0.0) == 1.0


@pytest.mark.parametrize("shape", SHAPES)
def test_warmup_over_the_whole_run_only_rises(shape: str) -> None:
    assert factor(shape, 1.0, 0.0, 0.999) == pytest.approx(0.999)


def planned(amount: float, gains: list[float]) -> Plan:
    """A plan of steps that consume so much each."""
    nothing = np.empty(0)
    consumed = np.concatenate([[0.0], np.cumsum(gains)])
    return Plan(
        Hold("audio_hours", amount), 1,
        *(nothing, nothing, nothing, nothing, None, nothing, nothing), consumed, (),
    )  # fmt: skip


def test_a_warmup_that_is_an_amount_is_the_same_for_every_amount_held() -> None:
    gains = [0.5, 1.0, 0.7, 0.8, 1.1, 0.9, 1.0, 0.4, 0.6, 1.2, 0.9, 1.0]
    optim = Optim(schedule="wsd", warmup_amount=1.3, floor=0.1)
    short, long = planned(6.0, gains[:7]), planned(10.0, gains)
    step = decay_step(short, 6.0)
    assert decay_step(long, 6.0) == step == 5  # 4.1 of 6 hours: the rest is less than a third
    own, others = step_factors(optim, short), step_factors(optim, long)
    assert own[:step] == others[:step]
    assert own[:3] == [0.25 / 1.3, 1.0 / 1.3, 1.0]
    assert own[step] < others[step] == 1.0
    # The middle of the last step is 5.75 of 6 hours: three times what is left of the whole.
    assert own[-1] == pytest.approx(0.1 + 0.9 * 3 * (1 - (5.0 + 6.0) / 2 / 6.0))


def test_a_branch_has_its_last_step_to_itself() -> None:
    assert decay_step(planned(2.0, [1.0, 1.0]), 1.0) == 0


@pytest.mark.parametrize("seed", range(20))
def test_a_decay_takes_at_most_its_part_of_the_amount(seed: int) -> None:
    rng = np.random.default_rng(seed)
    long = planned(8.0, rng.uniform(0.01, 0.06, 400).tolist())
    for amount in (0.5, 1.0, 2.0, 4.0):
        end = int(np.searchsorted(long.consumed, amount))
        own = long.consumed[end] - long.consumed[decay_step(long, amount)]
        assert amount / 3 - 0.06 < own <= amount / 3


@pytest.mark.parametrize("shape", ["linear", "cosine"])
def test_beside_other_shapes_it_is_that_part_of_the_amount(shape: str) -> None:
    plan = planned(4.0, [1.0, 1.0, 1.0, 1.0])
    own = step_factors(Optim(schedule=shape, warmup_amount=1.0), plan)  # type: ignore[arg-type]
    assert own == pytest.approx(step_factors(Optim(schedule=shape, warmup=0.25), plan))  # type: ignore[arg-type]
