"""An ablation whose axis is the model: two families, each trained, resumed and scored alike."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from fake_engine import engine_of
from tiny import Tiny

from plion.cli.main import main
from plion.runs.folder import RunFolder
from plion.studies import ablation


@pytest.fixture
def study(tiny: Tiny, whisper: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ablation, "engine_of", engine_of(lambda job: main(job.command)))
    (tmp_path / "base.yaml").write_text(
        f"model: {{name: {tiny.model}}}\n"
        f"data: {{root: {tiny.root}, suite: {tiny.suite}}}\n"
        "batch: {seconds: 12}\n"
        "evaluate: {tokens_per_second: 3}\n"
        "trainer: {accelerator: cpu, validations: 0, probe: 0}\n"
    )
    (tmp_path / "study.yaml").write_text(
        "question: Which model?\nbase: base.yaml\nseeds: [0]\n"
        f"suite: {tiny.suite}\n"
        "hold: {quantity: utterances, amount: 6}\n"
        "axes:\n"
        "  model.name:\n"
        f"    qwen3_asr: {{model.name: {tiny.model}}}\n"
        f"    whisper: {{model.name: {whisper.model}}}\n"
    )
    return tmp_path / "study.yaml"


def test_two_families_are_cells_of_one_ablation(
    study: Path, tiny: Tiny, capsys: pytest.CaptureFixture[str]
) -> None:
    audio = Path(tiny.utterances("test")[0].audio)
    assert ablation.ablate(study) == 0
    record = json.loads(Path("runs/study/ablation.json").read_text())
    runs = [RunFolder(Path("runs") / cell["folder"]) for cell in record["cells"]]
    kinds = [json.loads((run.export / "config.json").read_text())["model_type"] for run in runs]
    assert kinds == [cell["labels"]["model.name"] for cell in record["cells"]]
    assert kinds == ["qwen3_asr", "whisper"]
    assert main(["results", "runs/study"]) == 0
    with Path("runs/study/results.csv").open(encoding="utf-8", newline="") as file:
        macro = {row["model_name"]: row for row in csv.DictReader(file) if _is_macro(row)}
    assert macro.keys() == {"", "qwen3_asr", "whisper"}
    assert all(row["status"] == "done" and float(row["rate"]) > 0 for row in macro.values())
    card, said = (_printed(capsys, *verb) for verb in _verbs(runs[1], audio))
    assert "WhisperForConditionalGeneration" in card and "Qwen" not in card
    assert said.strip()


def _verbs(run: RunFolder, audio: Path) -> tuple[tuple[str, ...], ...]:
    """What is done with a finished run: its card, and a transcript of a clip."""
    return ("card", str(run.path)), ("transcribe", str(run.path), str(audio))


def _printed(capsys: pytest.CaptureFixture[str], *verb: str) -> str:
    capsys.readouterr()
    assert main(verb) == 0
    return capsys.readouterr().out


def _is_macro(row: Mapping[str, str]) -> bool:
    return row["benchmark"] == "macro" and row["tag_decode"] != "forced"
