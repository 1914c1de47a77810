"""The folder of a study, and the records of its runs."""

import json
from pathlib import Path
from typing import Any

import pytest
from watched import NAMES, Write, digits

from plion.runs.folder import RunFolder


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The folder of a study of a base and four cells, none of them begun."""
    folder = tmp_path / "runs" / "grid"
    folder.mkdir(parents=True)
    runs = [
        {"run": name, "hash": digits(name), "folder": f"{name}-{digits(name)}"} for name in NAMES
    ]
    content = {
        "name": "grid",
        "question": "Which one?",
        "hold": {"quantity": "audio_hours", "amount": 2.0},
        "base": runs[0],
        "cells": runs[1:],
    }
    (folder / "ablation.json").write_text(json.dumps(content))
    return folder


@pytest.fixture
def write(study: Path) -> Write:
    """Writes the record of a run, in its own folder or in that of another name."""

    def written(name: str, folder: str = "", **record: Any) -> RunFolder:
        run = RunFolder(study.parent / f"{folder or name}-{digits(name)}")
        run.path.mkdir(exist_ok=True)
        run.write(name=folder or name, hash=digits(name), price_per_hour=36.0, **record)
        return run

    return written
