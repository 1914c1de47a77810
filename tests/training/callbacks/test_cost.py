"""What a run is said to cost: measured, projected to its end, and counted on when it is resumed."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from lightning.pytorch.trainer.states import TrainerFn
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tiny import Tiny

from plion.planning.planned_run import PlannedRun, mixture_plan
from plion.runs.folder import RunFolder
from plion.training.callbacks import cost as module
from plion.training.callbacks.cost import Price
from plion.training.callbacks.progress_bar import ProgressBar

FIGURES = ("audio_seconds_per_second", "tokens_per_second", "padding", "peak_memory_gb")


class Clock:
    """A time that tests move on, for `time.perf_counter`."""

    def __init__(self) -> None:
        self.now = 1000.0

    def perf_counter(self) -> float:
        return self.now


class Consumed:
    """What has been consumed, as the plan has it; a batch is a thousand multiply-adds."""

    def __init__(self, planned: PlannedRun) -> None:
        self.plan, self.batches = planned.plan, 0

    @property
    def multiply_adds(self) -> float:
        return 1000.0 * self.batches

    def total(self, unit: str) -> float:
        taken = slice(0, self.batches)
        hours, tokens = self.plan.seconds[taken].sum() / 3600, self.plan.tokens[taken].sum()
        return float({"hours": hours, "supervised_tokens": tokens}[unit])


class Run:
    """A trainer of one device or more that takes as long as it is told."""

    def __init__(self, price: Price, clock: Clock, devices: int = 1) -> None:
        self.price, self.clock = price, clock
        self.logged: list[dict[str, float]] = []
        self.global_step = price.consumption.batches // price.plan.per_step  # type: ignore[attr-defined]
        self.state = SimpleNamespace(fn=TrainerFn.FITTING)
        self.world_size, self.accumulate_grad_batches = devices, price.plan.per_step
        price.on_train_start(self, self)  # type: ignore[arg-type]

    def log_dict(self, figures: dict[str, float], batch_size: int) -> None:
        self.logged.append(figures)

    def steps(self, count: int, seconds: float) -> dict[str, float]:
        """Steps that take so long each; what was logged at the last."""
        for _ in range(count):
            self.global_step += 1
            for _ in range(self.accumulate_grad_batches):
                self.clock.now += seconds / self.accumulate_grad_batches
                self.price.consumption.batches += 1  # type: ignore[attr-defined]
            self.price.on_step_end(self, self, np.ones(1))  # type: ignore[arg-type]
        return self.logged[-1]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


@pytest.fixture
def planned(tiny: Tiny, tmp_path: Path) -> PlannedRun:
    """Four steps of two batches each, at a price of 3.6 an hour and 1e-9 TFLOPS at the most."""
    exp = tiny.experiment(
        tmp_path, "batch.per_step=2", "trainer.price_per_hour=3.6", "trainer.peak_tflops=1e-9"
    )
    return mixture_plan(exp)


def priced(planned: PlannedRun) -> Price:
    return Price(planned, Consumed(planned))  # type: ignore[arg-type]


def padded(planned: PlannedRun, first: int, last: int) -> float:
    return float(planned.plan.padded[2 * first : 2 * last].sum())


def test_speed_and_padding_are_of_the_steps_since_the_last_report(
    planned: PlannedRun, clock: Clock
) -> None:
    run = Run(priced(planned), clock)
    run.steps(1, 7.0)
    found = run.steps(1, 10.0)
    seconds, tokens = (float(one[2:4].sum()) for one in (planned.plan.seconds, planned.plan.tokens))
    assert found["price/audio_seconds_per_second"] == pytest.approx(seconds / 10)
    assert found["price/tokens_per_second"] == pytest.approx(tokens / 10)
    assert found["price/padding"] == pytest.approx(1 - seconds / padded(planned, 1, 2))


def test_time_and_cost_are_projected_from_the_measured_speed(
    planned: PlannedRun, clock: Clock
) -> None:
    found = Run(priced(planned), clock).steps(2, 90.0)
    left = 180 * padded(planned, 2, 4) / padded(planned, 0, 2)
    assert found["price/hours"] == pytest.approx((180 + left) / 3600)
    assert found["price/cost"] == pytest.approx(3.6 * (180 + left) / 3600)
    assert Run(priced(planned), clock).steps(4, 90.0)["price/hours"] == pytest.approx(0.1)


def test_validation_is_not_in_the_time(planned: PlannedRun, clock: Clock) -> None:
    run = Run(priced(planned), clock)
    run.steps(1, 10.0)
    run.price.on_validation_start(run, run)  # type: ignore[arg-type]
    clock.now += 1000
    run.price.on_validation_end(run, run)  # type: ignore[arg-type]
    run.steps(3, 10.0)
    assert run.price.train_seconds == pytest.approx(40)


def test_what_comes_between_training_and_a_validation_of_its_own_is_not_in_the_time(
    planned: PlannedRun, clock: Clock
) -> None:
    run = Run(priced(planned), clock)
    run.steps(4, 10.0)
    clock.now += 1000
    run.state.fn = TrainerFn.VALIDATING
    run.price.on_validation_start(run, run)  # type: ignore[arg-type]
    assert run.price.train_seconds == pytest.approx(40)


def test_a_resumed_run_projects_from_the_speed_of_the_device_it_is_on_now(
    planned: PlannedRun, clock: Clock
) -> None:
    first = priced(planned)
    Run(first, clock).steps(2, 100.0)
    second = priced(planned)
    second.load_state_dict(first.state_dict())
    second.consumption.batches = 4  # type: ignore[attr-defined]
    clock.now += 5000
    found = Run(second, clock).steps(1, 1.0)
    left = 1 * padded(planned, 3, 4) / padded(planned, 2, 3)
    assert found["price/hours"] == pytest.approx((201 + left) / 3600)


@pytest.mark.parametrize("devices", [1, 2])
def test_utilisation_is_against_the_peak_of_all_devices(
    devices: int, planned: PlannedRun, clock: Clock
) -> None:
    run = Run(priced(planned), clock, devices)
    assert run.steps(1, 20.0)["price/mfu"] == pytest.approx(2 * 2000 / (20 * 1000 * devices))
    run.steps(3, 60.0)
    assert run.price.figures()["mfu"] == pytest.approx(2 * 8000 / (200 * 1000 * devices))


def test_the_progress_bar_says_what_is_left_and_what_it_costs(
    planned: PlannedRun, clock: Clock
) -> None:
    price = priced(planned)
    assert price.left == ""
    run = Run(price, clock)
    run.steps(4, 900.0)
    assert price.left == "0 s and 0.00 of 3.60"
    bar = ProgressBar(price, 1)
    trainer: Any = SimpleNamespace(loggers=[], progress_bar_metrics={})
    assert bar.get_metrics(trainer, None)["left"] == price.left  # type: ignore[arg-type]


def test_the_progress_bar_of_a_resumed_run_counts_to_its_end(
    tiny: Tiny,
    tmp_path: Path,
    train_to_third: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings = ("batch.per_step=2", "trainer.checkpoints=4", "evaluate.test=false")
    train_to_third(tmp_path, *settings)
    assert "| 2/8 " in capsys.readouterr().out
    tiny.train(tmp_path, *settings)
    assert "| 8/8 " in capsys.readouterr().out


def test_what_a_run_came_to_is_recorded(
    finished: RunFolder, tiny: Tiny, settings: tuple[str, ...]
) -> None:
    record = finished.read()
    seconds = record.train_seconds
    hours, tokens = record.audio_hours_trained, record.supervised_tokens
    assert record.audio_seconds_per_second == pytest.approx(3600 * hours / seconds)
    assert record.tokens_per_second == pytest.approx(tokens / seconds)
    plan = mixture_plan(tiny.experiment(finished.path, *settings)).plan
    assert record.padding == pytest.approx(plan.totals.padding)
    assert record.peak_memory_gb > 0.1  # torch alone takes more
    assert record.mfu is None


def test_figures_are_logged_and_utilisation_only_where_the_peak_is_known(
    board: EventAccumulator, finished: RunFolder, tiny: Tiny, settings: tuple[str, ...]
) -> None:
    logged = {tag for tag in board.Tags()["scalars"] if tag.startswith("price/")}
    assert logged == {f"price/{name}" for name in (*FIGURES, "hours", "cost")}
    plan = mixture_plan(tiny.experiment(finished.path, *settings)).plan
    steps = plan.padded.reshape(plan.steps, -1).sum(axis=1)
    padding = np.array([event.value for event in board.Scalars("price/padding")])
    assert float((padding * steps).sum() / steps.sum()) == pytest.approx(plan.totals.padding)


def test_utilisation_counts_the_work_of_real_batches(tiny: Tiny, tmp_path: Path) -> None:
    settings = ("trainer.peak_tflops=1", "evaluate.test=false", "trainer.log_every=5")
    record = tiny.train(tmp_path, *settings, "batch.per_step=2").read()
    assert 0 < record.mfu < 1
    assert record.peak_memory_gb > 0.1  # though nothing was reported on the way
