"""Corpora made by hand."""

from pathlib import Path

import pytest
from handmade import Corpora


@pytest.fixture
def corpora(tmp_path: Path) -> Corpora:
    return Corpora(tmp_path)
