"""A corpus of entries that a test gives."""

from pathlib import Path

import pytest
from sources import Source


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return Source(tmp_path / "source")
