"""`plion data` as it is asked for."""

from pathlib import Path

import pytest
from asking import refused

from plion.cli.main import main


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


def test_what_prepare_is_asked_for_reaches_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "metadata.csv").write_text("file_name,said\na.wav,satu,dua\na.wav\n")
    asked = ["data", "prepare", "slr65", str(tmp_path / "set"), "--out", str(tmp_path / "out")]
    assert main([*asked, "--text-column", "said", "--skip-broken", "1"]) == 2
    told = capsys.readouterr().err
    assert "of 2 rows 2 are broken, the first metadata.csv:2: " in told
    assert "--skip-broken 2 leaves them out" in told
