"""Where a sweep's trials are recorded: a file of its own, or a server that a group watches."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import optuna
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from plion.errors import InputError
from plion.studies.search.stores.postgresql import PostgresqlStore
from plion.studies.search.stores.sqlite import SqliteStore

DATABASE = "study.db"


class Store(Protocol):
    """A database with studies by name."""

    @property
    def place(self) -> str:
        """The database as messages name it, without a password."""

    def create(self, name: str, objectives: int = 1) -> optuna.Study:
        """The study, made if missing; InputError if the database cannot be used."""

    def read(self, name: str) -> optuna.Study | None:
        """The study, read-only; None if there is none. InputError as `create`."""

    def explained(self) -> AbstractContextManager[None]:
        """Turns errors of the database into an InputError."""

    def alone(self, name: str) -> AbstractContextManager[None]:
        """Keeps other drivers of the same study away."""


def store_of(url: str | None, folder: Path) -> Store:
    """The store of `--store URL`; by default `study.db` in the sweep's folder.

    Raises InputError, without quoting a password, for another kind of URL.
    """
    if url is None:
        return SqliteStore(folder / DATABASE)
    parsed = _parsed(url)
    kind = parsed.get_backend_name()
    if kind == "sqlite" and parsed.database:
        return SqliteStore(Path(parsed.database))
    if kind == "postgresql" and parsed.database:
        return PostgresqlStore(parsed)
    raise InputError(
        f"--store: {kind}:// is not known here, or names no database: give sqlite:///FILE or "
        "postgresql://USER@HOST/DATABASE"
    )


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        # Its own message would quote a password, and so would a traceback.
        raise InputError(
            "--store: this is no URL of a database: give sqlite:///FILE or "
            "postgresql://USER@HOST/DATABASE"
        ) from None
