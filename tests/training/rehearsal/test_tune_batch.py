"""The search for the largest budget, over devices that are made up; and what is written of it."""

from pathlib import Path

import pytest

from plion.config.experiment import load_experiment
from plion.config.schema import Experiment
from plion.errors import InputError
from plion.training.rehearsal.memory_trial import Trial
from plion.training.rehearsal.tune_batch import largest, tune, write_tuned

LIMIT = 1_000_000


class Device:
    """Takes `base` bytes and `each` a second of a batch; dies above its limit."""

    def __init__(self, base: int, each: float, longest: float = 1e9, flat: int = 0) -> None:
        """`longest`: what the costliest batch of the plan costs. `flat`: bytes taken anyway."""
        self.base, self.each, self.longest, self.flat = base, each, longest, flat
        self.tried: list[int] = []

    def __call__(self, seconds: int) -> Trial:
        self.tried.append(seconds)
        used = min(0.98 * seconds, self.longest)
        peak = max(self.flat, round(self.base + self.each * used))
        return Trial(seconds, used, peak if peak <= LIMIT else None, LIMIT)


@pytest.mark.parametrize("margin", [0.0, 0.1, 0.5])
@pytest.mark.parametrize(
    ("base", "each", "flat"), [(100_000, 700, 0), (0, 2_000, 0), (10_000, 3, 400_000), (0, 11e3, 0)]
)
def test_what_is_found_fits_and_little_more_would(
    base: int, each: float, flat: int, margin: float
) -> None:
    device = Device(base, each, flat=flat)
    found = largest(30, device, margin)
    peak = device(found).peak
    assert peak is not None and peak <= (1 - margin) * LIMIT
    assert device.tried[:-1].count(found) == 1  # it has been tried, and nothing twice
    assert len(device.tried) - 1 == len(set(device.tried)) < 25
    more = device(round(1.08 * found) + 2).peak
    assert more is None or more > (1 - margin) * LIMIT


def test_no_trial_is_beyond_twice_what_fits() -> None:
    device = Device(0, 1)
    largest(30, device, 0.0)
    assert all(after <= 2 * max(device.tried[: n + 1]) for n, after in enumerate(device.tried[1:]))


def test_where_a_larger_budget_makes_no_larger_batch_the_search_ends() -> None:
    device = Device(0, 1, longest=200.5)
    assert largest(30, device, 0.1) == 201
    assert max(device.tried) <= 480


def test_the_smallest_may_be_all_there_is() -> None:
    assert largest(30, Device(0, 1e6 / 31), 0.0) == 30


def test_where_nothing_fits_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    device = Device(2 * LIMIT, 1)
    with pytest.raises(
        InputError, match=r"batch.seconds=30 is the smallest .* not fit into 0.00 GiB"
    ):
        largest(30, device, 0.1)
    assert device.tried == [30]
    assert capsys.readouterr().err == "batch.seconds=30: more than 0.00 GiB\n"


@pytest.mark.parametrize(
    ("memory", "margin", "said"),
    [
        (None, 1.0, "--margin must be 0 or more and below 1, not 1"),
        (None, -0.1, "--margin"),
        (0.0, 0.1, "--memory must be above 0 GiB, not 0"),
        (float("nan"), 0.1, "--memory"),
    ],
)
def test_what_cannot_be_searched_for_is_refused(
    memory: float | None, margin: float, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        tune(Experiment(), memory, margin)


def test_what_is_found_is_written_as_an_experiment_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    base = tmp_path / "there" / "base.yaml"
    base.write_text("batch: {seconds: 10, window: 500}\noptim: {lr: 0.5}\n")
    path = tmp_path / "here" / "tuned.yaml"
    path.parent.mkdir()
    write_tuned(path, str(base), ["optim.lr=0.25", "batch.utterances=8", "data.context=${x"], 312)
    tuned = load_experiment(path)
    assert (tuned.batch.seconds, tuned.batch.window, tuned.batch.utterances) == (312, 500, 8)
    assert (tuned.name, tuned.optim.lr, tuned.data.context) == ("tuned", 0.25, "${x")
    assert path.read_text().startswith("extends: ../there/base.yaml\n")
