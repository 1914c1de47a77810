"""A tiny checkpoint, and utterances to feed it."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tiny import Tiny

from plion.data.utterance import Utterance
from plion.models.qwen3_asr.files.checkpoint import Checkpoint, load_checkpoint


@pytest.fixture(scope="module")
def checkpoint(tiny: Tiny) -> Checkpoint:
    return load_checkpoint(str(tiny.model))


@pytest.fixture(scope="module")
def utterances(tiny: Tiny) -> list[Utterance]:
    return tiny.utterances("train")


@pytest.fixture
def spoilt(utterances: list[Utterance], tmp_path: Path) -> list[Utterance]:
    """Two utterances, of which the second has no audio."""
    return [utterances[0], replace(utterances[1], audio=str(tmp_path / "gone.wav"))]


@pytest.fixture
def copy(tiny: Tiny, tmp_path: Path) -> Path:
    """A model folder to spoil."""
    return Path(shutil.copytree(tiny.model, tmp_path / "copy"))
