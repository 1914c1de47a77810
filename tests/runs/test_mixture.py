"""Shares of passes that an experiment names: their content is what counts."""

import json
from pathlib import Path

import pytest
from refusing import refusal

from plion.config.experiment import load_experiment, to_yaml
from plion.config.identity import identity

ROWS = [{"en": 0.25, "ta": 0.75}, {"en": 0.5, "ta": 0.5}]
MIXTURE = {"pass_size": 0.1, "passes": [{"shares": row, "step": 3} for row in ROWS]}


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """The run.json of a run, as far as a replay reads it."""
    folder = tmp_path / "mini-00000000"
    folder.mkdir()
    path = folder / "run.json"
    path.write_text(json.dumps({"status": "done", "mixture": MIXTURE}))
    return path


def replay(empty: Path, shares: object, *others: str):
    return load_experiment(
        empty, ["sampler.name=replay", f"sampler.replay.shares={shares}", *others]
    )


def test_a_record_gives_the_shares_and_the_size_of_its_passes(empty: Path, record: Path) -> None:
    for given in (record, record.parent):
        own = replay(empty, given).sampler.replay
        assert (own.shares, own.pass_size) == (ROWS, 0.1)


def test_the_configuration_has_them_and_needs_no_file(empty: Path, record: Path) -> None:
    exp = replay(empty, record)
    empty.write_text(to_yaml(exp))
    record.unlink()
    assert load_experiment(empty) == exp


def test_the_content_counts_in_the_hash_and_not_the_file(empty: Path, record: Path) -> None:
    here = identity(replay(empty, record))
    moved = record.rename(record.with_name("shares.json"))
    assert identity(replay(empty, moved)) == here
    assert identity(replay(empty, json.dumps(ROWS), "sampler.replay.pass_size=0.1")) == here
    whole = [identity(replay(empty, f"[{{en: {one}, ta: 3}}]")) for one in ("1", "1.0")]
    assert whole[0] == whole[1]
    moved.write_text(moved.read_text().replace("0.75", "0.8"))
    assert identity(replay(empty, moved)) != here


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"status": "done"}, "has no shares of passes (`mixture`)"),
        ({"mixture": {"passes": []}}, "'mixture.pass_size' is missing"),
        ({"mixture": {"pass_size": 1, "passes": [{"shares": {"en": "x"}}]}}, "must be a number"),
        ({"mixture": {"pass_size": 0, "passes": []}}, "pass_size must be above 0"),
    ],
)
def test_a_file_without_usable_shares_is_told_in_one_sentence(
    empty: Path, record: Path, content: object, message: str
) -> None:
    record.write_text(json.dumps(content))
    told = refusal(empty, f"sampler.replay.shares={record}")
    assert message in told and "run.json" in told and "\n" not in told


def test_a_missing_file_is_named(empty: Path) -> None:
    assert "nowhere.json" in refusal(empty, "sampler.replay.shares=nowhere.json")
