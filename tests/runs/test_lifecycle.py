"""run.json while a run is made, and after it."""

from pathlib import Path

import pytest

from plion.errors import InputError
from plion.runs.folder import RunFolder
from plion.runs.lifecycle import recorded
from plion.runs.values import Model


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


def test_a_run_is_running_and_then_done(folder: RunFolder) -> None:
    with recorded(folder, "seed: 3\n", seed=3, model=Model("mini", "ab")):
        begun = folder.read()
    assert (begun.status, begun.seed, begun.model) == ("running", 3, Model("mini", "ab"))
    assert folder.config.read_text() == "seed: 3\n" and begun.source and begun.end is None
    ended = folder.read()
    assert (ended.status, ended.error, ended.start) == ("done", None, begun.start)
    assert ended.end is not None and ended.end >= begun.start


def test_a_failure_is_told_and_passed_on(folder: RunFolder) -> None:
    with pytest.raises(InputError, match="no audio"), recorded(folder, ""):
        raise InputError("no audio in a.wav")
    assert (folder.read().status, folder.read().error) == ("failed", "no audio in a.wav")


def test_a_run_that_is_interrupted_is_still_running(folder: RunFolder) -> None:
    with pytest.raises(KeyboardInterrupt), recorded(folder, ""):
        raise KeyboardInterrupt
    assert folder.read().status == "running"


def test_a_run_resumed_elsewhere_names_both_places(folder: RunFolder) -> None:
    for capability, attention in (("AVX2", "sdpa"), ("AVX512", "flash"), ("AVX2", "flash")):
        with recorded(folder, "", capability=capability, attention=attention):
            folder.write(start="2026-11-30T02:00:00+00:00")
    record = folder.read()
    assert (record.capability, record.attention) == ("AVX2 + AVX512", "sdpa")
    assert record.start == "2026-11-30T02:00:00+00:00" and len(record.source or "") == 8


def test_every_start_counts_as_an_attempt(folder: RunFolder) -> None:
    with pytest.raises(KeyboardInterrupt), recorded(folder, ""):
        raise KeyboardInterrupt
    with pytest.raises(InputError), recorded(folder, ""):
        raise InputError("no audio")
    with recorded(folder, ""):
        assert folder.read().attempts == 3
    assert folder.read().attempts == 3


def test_a_run_begun_when_attempts_were_not_counted_has_one_before(folder: RunFolder) -> None:
    folder.write(status="running", start="2026-11-30T02:00:00+00:00")
    with recorded(folder, ""):
        pass
    assert folder.read().attempts == 2
