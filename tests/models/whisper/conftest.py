"""A tiny Whisper that hears three seconds at a time."""

from pathlib import Path

import foreign
import pytest

from plion.models.whisper.prompt import Prompter


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return foreign.whisper(tmp_path_factory.mktemp("whisper") / "model", seconds=3, positions=120)


@pytest.fixture(scope="session")
def prompter(folder: Path) -> Prompter:
    return Prompter(folder)
