"""Packages made by hand, found before those that are installed."""

from collections.abc import Callable
from pathlib import Path

import pytest

Fake = Callable[..., Path]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Makes a package whose import runs `code`, of a version if one is named."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def make(name: str, code: str, version: str | None = None) -> Path:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(code)
        if version:
            about = tmp_path / f"{name}-{version}.dist-info"
            about.mkdir()
            (about / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
        return tmp_path / name

    return make
