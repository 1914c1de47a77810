"""An ablation made, and its results printed, by plion's last version without `RunRecord`.

tests/results/old: its run folders without weights, `results.csv` and `results --format csv`. Four
cells of a tiny model on two tiny corpora, two seeds, with transcripts that were told the language.
"""

import csv
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from printed import results
from tiny import Tiny

from plion.cli.main import main
from plion.runs.folder import RunFolder
from plion.scoring.predictions import read_predictions

OLD = Path(__file__).with_name("old")
RUN = "old-none-s0-46b622a1"


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of its runs, where it was made: `runs` below the current one."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(OLD / "suite.yaml", tmp_path)
    return Path(shutil.copytree(OLD, "runs"))


@pytest.fixture
def exported(old: Path, tiny: Tiny) -> Path:
    """One of its trained runs, with data and weights in the place of those that are not kept."""
    Path("data").symlink_to(tiny.root)
    Path("model").symlink_to(tiny.model)
    shutil.copytree(tiny.model, old / RUN / "checkpoints" / "export")
    return old / RUN


def table_rows(text: str) -> Iterator[list[str]]:
    """The rows of printed tables, without titles, headers and notes."""
    for table in text.split("\n\n"):
        yield from csv.reader([line for line in table.splitlines() if not line.startswith("#")][1:])


def test_the_figures_are_the_same(old: Path) -> None:
    text, status = results([old / "old"], format="csv")
    assert status == 0
    assert list(table_rows(text)) == list(table_rows((OLD / "printed.csv").read_text()))


def test_the_rows_of_results_csv_are_the_same(old: Path) -> None:
    results([old / "old"])
    now = list(csv.DictReader(io.StringIO((old / "old" / "results.csv").read_text())))
    before = list(csv.DictReader(io.StringIO((OLD / "results.csv").read_text())))
    assert [{name: row[name] for name in before[0]} for row in now] == before


def test_a_run_is_decoded_on_under_its_own_name(exported: Path) -> None:
    folder = RunFolder(exported)
    kept = folder.predictions("slr65").read_text()
    folder.predictions("aishell1").unlink()
    folder.metrics.unlink()
    assert main(["evaluate", str(exported)]) == 0
    assert folder.predictions("slr65").read_text() == kept
    assert folder.predictions("aishell1").is_file() and folder.done(tested=True, forced=True)
    assert folder.read().version == 1 and folder.read().decoding.keys() == {"aishell1", "slr65"}


def test_a_run_has_a_card(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["card", str(exported)]) == 0
    card = capsys.readouterr().out
    assert "# old-none-s0" in card and "112.90" in card and "150 steps" in card


def test_its_transcripts_are_scored(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = old / RUN / "predictions" / "slr65.jsonl"
    rows = [
        {"id": one.id, "audio": "a.wav", "text": one.reference, "language": "ta"}
        for one in read_predictions(said)
    ]
    lines = [json.dumps({**row, "dataset": "slr65", "duration": 1.0}) for row in rows]
    Path("refs.jsonl").write_text("\n".join(lines))
    assert main(["score", str(said), "--refs", "refs.jsonl"]) == 0
    assert "89.47" in capsys.readouterr().out
