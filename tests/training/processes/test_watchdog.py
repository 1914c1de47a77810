"""Rank 0's watch over a rank that has ended: what is saved, and when rank 0 is ended."""

import queue
import threading
from pathlib import Path

import pytest

from plion.runs.folder import RunFolder
from plion.training.processes.ranks import Ranks
from plion.training.processes.watchdog import Ending, Watchdog

SECONDS = 30.0  # only a failing test waits so long


class Ended:
    """A process that has ended with status 1."""

    def poll(self) -> int:
        return 1

    def wait(self, _: float) -> int:
        return 1

    def kill(self) -> None:
        pass


class Waited(threading.Event):
    """An event that notes for how long it is waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: queue.Queue[float | None] = queue.Queue()

    def wait(self, timeout: float | None = None) -> bool:
        self.asked.put(timeout)
        return super().wait(timeout)


GRACE, LAST_WORK = 0.25, 60.0  # seconds; neither is another's


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> tuple[Watchdog, Waited, list[int]]:
    """Rank 0 whose other rank has ended, what it waits for, and what it is ended with."""
    watchdog, left, over = Ranks(2).watchdog, [], Waited()

    def leave(status: int) -> None:
        left.append(status)
        over.set()

    monkeypatch.setattr("plion.training.processes.watchdog._GRACE", GRACE)
    monkeypatch.setattr("plion.training.processes.watchdog._LAST_WORK", LAST_WORK)
    monkeypatch.setattr("plion.training.processes.watchdog.os._exit", leave)
    watchdog.others.append(Ended())  # type: ignore[arg-type]
    watchdog.over = over
    return watchdog, over, left


def watch(watchdog: Watchdog, folder: Path) -> threading.Thread:
    thread = threading.Thread(target=watchdog.watch, args=[RunFolder(folder)], daemon=True)
    thread.start()
    return thread


def test_rank_0_is_ended_where_it_waits(
    watched: tuple[Watchdog, Waited, list[int]], tmp_path: Path
) -> None:
    watchdog, _, left = watched
    watch(watchdog, tmp_path).join(SECONDS)
    assert left == [1]
    assert watchdog.over.is_set() and RunFolder(tmp_path).read().status == "failed"


def test_rank_0_is_not_ended_where_it_is_ending_itself(
    watched: tuple[Watchdog, Waited, list[int]], tmp_path: Path
) -> None:
    watchdog, over, left = watched
    found, told = threading.Event(), threading.Event()

    def keep() -> bool:
        found.set()
        return told.wait(SECONDS)

    watchdog.keep = keep
    thread = watch(watchdog, tmp_path)
    assert found.wait(SECONDS)  # the other's end
    Ending(watchdog).on_exception(None, None, RuntimeError())  # type: ignore[arg-type]
    told.set()
    while over.asked.get(timeout=SECONDS) != LAST_WORK:
        pass
    assert thread.is_alive()
    over.set()
    thread.join(SECONDS)
    assert not left and not thread.is_alive()


def test_checkpoint_that_cannot_be_made_yet_is_asked_for_again(
    watched: tuple[Watchdog, Waited, list[int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watchdog, _, left = watched
    monkeypatch.setattr("plion.training.processes.watchdog._GRACE", SECONDS)
    answers = iter([False, False, True])

    def keep() -> bool:
        if last := next(answers):
            monkeypatch.setattr("plion.training.processes.watchdog._GRACE", GRACE)
        return last

    watchdog.keep = keep
    watch(watchdog, tmp_path).join(SECONDS)
    assert left == [1] and not list(answers)
