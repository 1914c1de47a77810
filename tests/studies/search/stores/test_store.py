"""Which database a URL names, and what is said of one that cannot be used."""

import importlib
from pathlib import Path
from typing import Any

import pytest

from plion.errors import InputError
from plion.studies.search.stores.sqlite import SqliteStore
from plion.studies.search.stores.store import store_of


@pytest.mark.parametrize(
    ("url", "path"),
    [
        (None, "runs/search/study.db"),
        ("sqlite:///kept/trials.db", "kept/trials.db"),
        ("sqlite:////kept/trials.db", "/kept/trials.db"),
    ],
)
def test_a_file_is_named_by_its_path(url: str | None, path: str) -> None:
    assert store_of(url, Path("runs/search")) == SqliteStore(Path(path))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("trials.db", "is no URL of a database"),
        ("mysql://me:secret@host/trials", "mysql:// is not known here"),
        ("postgresql://me:secret@host", "names no database"),
        ("postgresql://me:secret@host:port/trials", "is no URL of a database"),
        ("sqlite://", "names no database"),
    ],
)
def test_another_url_is_refused_without_its_password(url: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as error:
        store_of(url, Path("runs/search"))
    assert "secret" not in str(error.value)


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(f"No module named '{name}'")

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(InputError, match=r"psycopg.*pip install 'plion\[postgresql\]'"):
        store_of("postgresql://me@host/trials", Path("runs/search"))
