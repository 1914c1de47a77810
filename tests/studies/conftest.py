"""An ablation over one small corpus, whose runs are not trained."""

import pytest
from ablated import written


@pytest.fixture
def study(tmp_path, monkeypatch):
    """The file of an ablation whose runs are not trained."""
    return written(tmp_path, monkeypatch)
