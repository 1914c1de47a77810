"""`plion data` as it is asked for."""

from pathlib import Path

import pytest
from asking import refused


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["data", "mini", "--out", "a", "seed=3"], "unknown argument 'seed=3'"),
        (["data", "mini", "--out", "a", "--seed", "x"], "invalid int value: 'x'"),
    ],
)
def test_what_data_does_not_know_is_status_2_and_one_line(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in refused(arguments, capsys)


def test_what_cannot_be_written_is_told_before_an_audit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (tmp_path, tmp_path / "nowhere" / "a.json"):
        told = refused(["data", "audit", "no.jsonl", "--json", str(path)], capsys)
        assert f"--json {path} cannot be written" in told
