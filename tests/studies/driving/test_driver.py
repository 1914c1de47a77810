"""The driver: failures, limits, and runs that other processes have."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from fake_engine import Here

from plion.errors import InputError
from plion.runs.claims import alone
from plion.runs.folder import RunFolder
from plion.studies.driving import driver
from plion.studies.driving.driver import Rules, drive
from plion.studies.driving.limits import Limits
from plion.studies.engines.engine import BUSY, DONE, FAILED, REFUSED, Ended, Job, Reported


def job(folder: Path, name: str) -> Job:
    own = folder / f"{name}-0000000{name}"
    own.mkdir()
    return Job(name, "train", own / "config.yaml", f"0000000{name}", ())


class Work:
    """Ends jobs with the statuses given by name, one an attempt, and then with the last of them."""

    def __init__(self, **statuses: list[int]) -> None:
        self.statuses = statuses
        self.order: list[str] = []

    def __call__(self, job: Job) -> int:
        self.order.append(job.name)
        left = self.statuses.get(job.name, [DONE])
        return left.pop(0) if len(left) > 1 else left[0]


def driven(jobs: list[Job], work: Work, rules: Rules | None = None) -> dict[str, int]:
    """The statuses of the jobs that the driver says have ended, by name."""
    ends: dict[str, int] = {}

    def finished(one: Ended) -> None:
        ends[one.job.name] = one.status

    failed = drive(Here(work), jobs, finished, rules=rules)
    assert {one.job.name for one in failed} == {name for name, end in ends.items() if end}
    return ends


@pytest.fixture
def jobs(tmp_path: Path) -> list[Job]:
    return [job(tmp_path, name) for name in "abc"]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(driver, "_ASK", 0.05)
    monkeypatch.setattr(driver, "_POLL", 0.001)
    yield


def test_a_failed_job_is_run_again_after_the_others(jobs: list[Job]) -> None:
    work, again = Work(a=[FAILED, -9, DONE]), []
    rules = Rules(retries=2, repeats=lambda one: again.append(one.status))
    assert driven(jobs, work, rules) == dict.fromkeys("abc", DONE)
    assert work.order == ["a", "b", "c", "a", "a"] and again == [FAILED, -9]


def test_a_job_fails_for_good_once_its_retries_are_used(jobs: list[Job]) -> None:
    work = Work(a=[FAILED])
    assert driven(jobs, work, Rules(retries=1)) == {"a": FAILED, "b": DONE, "c": DONE}
    assert work.order.count("a") == 2


def test_a_refused_job_is_not_run_again(jobs: list[Job]) -> None:
    work = Work(a=[REFUSED])
    assert driven(jobs, work, Rules(retries=5))["a"] == REFUSED and work.order.count("a") == 1


def test_no_job_starts_that_would_cost_more_than_is_left(jobs: list[Job]) -> None:
    limits = Limits(cost=2.5, prices=dict.fromkeys("abc", 3600.0))  # each takes a second
    assert driven(jobs, Work(), Rules(limits=limits)) == {"a": DONE, "b": DONE}
    assert "--max-cost 2.5: 2.00 with what is running, and the next run costs about 1.00" in (
        limits.stopped
    )


def test_no_job_starts_that_would_end_too_late(jobs: list[Job]) -> None:
    limits = Limits(hours=0.9 / 3600)  # each takes a second, as the engine says
    assert driven(jobs, Work(), Rules(limits=limits)) == {"a": DONE}
    assert "--max-hours 0.00025: " in limits.stopped and "takes about 1 s" in limits.stopped


def test_the_evaluation_of_the_base_does_not_say_how_long_a_training_takes(jobs: list[Job]) -> None:
    limits = Limits(hours=0.9 / 3600)
    limits.ended(Ended(replace(jobs[0], verb="evaluate"), DONE, 1.0))
    assert limits.allow(jobs[1])
    limits.ended(Ended(jobs[1], DONE, 1.0))
    assert not limits.allow(jobs[2])


def test_a_job_is_expected_to_take_longer_for_a_larger_amount(jobs: list[Job]) -> None:
    amounts = {"a": 1.0, "b": 50.0, "c": 50.0}
    limits = Limits(hours=30 / 3600, amounts=amounts)  # each takes a second, as the engine says
    assert driven(jobs, Work(), Rules(limits=limits)) == {"a": DONE}
    assert "the next run takes about 50 s" in limits.stopped


def test_a_job_that_only_decodes_says_nothing_of_how_long_a_training_takes(
    jobs: list[Job],
) -> None:
    limits = Limits(hours=5.5 / 3600)
    limits.ended(Ended(jobs[0], DONE, 4.0))
    limits.expect({"b": 0.0})
    assert limits.allow(jobs[1])
    limits.ended(Ended(jobs[1], DONE, 0.1))
    assert limits.allow(jobs[2])
    limits.expect({"c": 2.0})
    assert not limits.allow(jobs[2]) and "takes about 8 s" in limits.stopped


def test_a_failed_job_is_not_repeated_past_a_limit(jobs: list[Job]) -> None:
    limits = Limits(cost=3.5, prices=dict.fromkeys("abc", 3600.0))
    work = Work(a=[FAILED, DONE])
    driven(jobs, work, Rules(retries=1, limits=limits))
    assert work.order == ["a", "b", "c"]


def test_a_run_that_another_process_has_is_left_to_it(jobs: list[Job]) -> None:
    work, done = Work(a=[BUSY]), []
    rules = Rules(done=lambda job: len(done) > 0, idle=lambda: done.append(1))
    assert driven(jobs, work, rules) == dict.fromkeys("abc", DONE)
    assert work.order == ["a", "b", "c"]


def test_a_run_that_another_process_lets_go_of_is_taken_up(jobs: list[Job]) -> None:
    work = Work(a=[BUSY, BUSY, DONE])
    assert driven(jobs, work)["a"] == DONE and work.order == ["a", "b", "c", "a", "a"]


@pytest.mark.parametrize(("refused", "status"), [(True, REFUSED), (False, FAILED)])
def test_a_run_that_fails_in_another_process_has_failed(
    jobs: list[Job], refused: bool, status: int
) -> None:
    RunFolder(jobs[0].folder).write(hash="0000000a", status="failed", refused=refused, error="x")
    assert driven(jobs, Work(a=[BUSY])) == {"a": status, "b": DONE, "c": DONE}


def test_a_held_run_is_waited_for(jobs: list[Job]) -> None:
    work, looks = Work(a=[BUSY, DONE]), []
    held = alone(jobs[0].folder)
    held.__enter__()

    def idle() -> None:
        looks.append(list(work.order))
        if len(looks) == 100:
            held.__exit__(None, None, None)

    assert driven(jobs, work, Rules(idle=idle))["a"] == DONE
    assert looks[99] == ["a", "b", "c"] and work.order == ["a", "b", "c", "a"]


class Cluster(Here):
    """An engine that loses its node as soon as it has a job; `places`: before."""

    places = 0

    def submit(self, job: Job) -> None:
        super().submit(job)
        self.places = 0

    def reports(self) -> Sequence[Reported]:
        return []

    def devices(self, like: Job) -> Sequence[str]:
        return ["node"] * self.places


@pytest.mark.parametrize("places", [0, 1])
def test_a_limit_of_hours_holds_where_nothing_can_be_placed(jobs: list[Job], places: int) -> None:
    cluster, limits = Cluster(Work()), Limits(hours=0.1 / 3600)
    cluster.places = places
    assert drive(cluster, jobs, lambda _: None, rules=Rules(limits=limits)) == []
    assert "--max-hours " in limits.stopped


def test_a_job_that_runs_is_waited_for_where_the_next_has_no_place(jobs: list[Job]) -> None:
    limits = Limits(hours=0.1 / 3600)

    class Mixed(Here):
        """Has places for jobs as `a` alone, which ends after the limit."""

        def reports(self) -> Sequence[Reported]:
            return super().reports() if limits.stopped else []

        def devices(self, like: Job) -> Sequence[str]:
            return ["cpu 0", "cpu 1"] if like.name == "a" else []

    ends: list[Ended] = []
    drive(Mixed(Work()), jobs, ends.append, rules=Rules(limits=limits))
    assert [(one.job.name, one.status) for one in ends] == [("a", DONE)]


def test_a_limit_on_cost_needs_every_price() -> None:
    with pytest.raises(InputError, match="a has none: set trainer.price_per_hour"):
        Limits(cost=1.0, prices={"a": None})
