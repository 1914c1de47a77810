"""What `plion ablate --status` prints of few runs and of many."""

from pathlib import Path

import pytest

from plion.studies.watching.status import MOST, Stand, status_text

STUDY = Path("runs/grid")


def stands(*statuses: str) -> list[Stand]:
    return [
        Stand(status, f"grid-{n}", Path(f"runs/grid-{n}"), {"sampler": "ab"[n % 2], "lr": str(n)})
        for n, status in enumerate(statuses)
    ]


def words(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_up_to_some_hundred_runs_are_listed_each() -> None:
    lines = words(status_text(stands(*["done"] * (MOST - 1), "failed"), STUDY))
    assert len(lines) == MOST + 2
    assert lines[-1] == ["failed", f"grid-{MOST - 1}", f"runs/grid-{MOST - 1}"]


def test_of_more_the_states_are_counted_and_the_first_failures_listed() -> None:
    text = status_text(stands(*["done", "failed"] * 600, "missing"), STUDY)
    lines = words(text)
    assert lines[2:5] == [["done", "600"], ["failed", "600"], ["missing", "1"]]
    assert ["sampler", "done", "failed", "missing"] in lines
    assert ["a", "600", "0", "1"] in lines and ["b", "0", "600", "0"] in lines
    assert [line[1] for line in lines if line[:1] == ["failed"]][1:] == [
        f"grid-{n}" for n in range(1, 21, 2)
    ]
    assert "and 590 more" in text and "runs/grid/results.csv" in text
    assert len(lines) < 40


@pytest.mark.parametrize("status", ["done", "missing"])
def test_of_more_in_one_state_nothing_is_told_by_label(status: str) -> None:
    lines = words(status_text(stands(*[status] * 10_001), STUDY))
    assert lines[2] == [status, "10,001"] and not any("sampler" in line for line in lines)
