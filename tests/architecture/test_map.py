"""The README's map: its rooms are those of the package, and 15 files tell one training run."""

import configparser
import re
import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from tiny import Tiny

import plion

PACKAGE = Path(plion.__file__).parent
ROOT = PACKAGE.parent
README = (ROOT / "README.md").read_text("utf-8")
MAP = README.split("## A map of the house\n")[1].split("\n## ")[0]
FILES = re.findall(r"^\d+\. `(plion/\S+\.py)`", MAP, re.MULTILINE)
# Two batches a step, as in experiments/mini.yaml, made in another process as in real trainings.
SETTINGS = (
    "hold.amount=10",
    "batch.per_step=2",
    "trainer.workers=1",
    "trainer.log_every=10",
    "trainer.validations=0",
    "trainer.checkpoints=1",
    "evaluate.test=false",
)


def _floors() -> list[set[str]]:
    """The floors of setup.cfg's contract, from the top."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    lines = parser["importlinter:contract:floors"]["layers"].split("\n")
    return [set(line.split(" | ")) for line in lines if line]


def test_the_rooms_stand_in_the_order_of_their_contract() -> None:
    rows = [re.findall(r"`([\w.]+)`", row.split("|")[1]) for row in MAP.splitlines() if "|" in row]
    rooms = [room.removesuffix(".py") for row in rows for room in row]
    floors = _floors()
    assert sorted(rooms) == sorted(room for floor in floors for room in floor)
    heights = [next(n for n, floor in enumerate(floors) if room in floor) for room in rooms]
    assert heights == sorted(heights)
    there = {path.stem for path in PACKAGE.iterdir() if path.name[0] != "_"}
    assert set(rooms) == there


def test_the_contracts_stay_short() -> None:
    _, contracts = (ROOT / "setup.cfg").read_text().split("[importlinter]\n")
    assert contracts.count("\n") < 120


def test_the_files_of_a_training_run_are_fifteen() -> None:
    assert len(FILES) == len(set(FILES)) == 15


def test_every_file_that_the_readme_names_is_there() -> None:
    kinds = "plion|tests|experiments|ablations|notebooks"
    named = set(re.findall(rf"(?<![\w./])(?:{kinds})/[\w./]*\w", README))
    assert named >= set(FILES)
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_nine_tenths_of_the_calls_of_ten_steps_are_in_them(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from plion.training.step.module import SpeechRecognizer  # torch, for this test alone

    calls: Counter[str] = Counter()
    steps: list[int] = []

    def count(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(f"{PACKAGE}/"):
            calls[str(Path(frame.f_code.co_filename).relative_to(ROOT))] += 1

    def end(module: SpeechRecognizer) -> None:
        sys.setprofile(None)
        steps.append(module.trainer.global_step)

    monkeypatch.setattr(
        SpeechRecognizer, "on_train_epoch_start", lambda module: sys.setprofile(count)
    )
    monkeypatch.setattr(SpeechRecognizer, "on_train_epoch_end", end)
    tiny.train(tmp_path, *SETTINGS)
    assert steps == [10]
    share = sum(calls[name] for name in FILES) / calls.total()
    assert share >= 0.9, [(name, n) for name, n in calls.most_common() if name not in FILES]
