"""Where sources lie and what is unpacked goes."""

from pathlib import Path

import pytest


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The folder that was downloaded, empty."""
    folder = tmp_path / "downloads"
    folder.mkdir()
    return folder


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """The folder of unpacked audio, which is not there yet."""
    return tmp_path / "out" / "corpus" / "audio"
