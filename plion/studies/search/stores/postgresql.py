"""A sweep's trials on a PostgreSQL server, where a group can watch them (optuna-dashboard).

The password may be in the URL; better it comes from PGPASSWORD or ~/.pgpass, which others do not
see in a list of processes. No message quotes it.
"""

import importlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import optuna
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from plion.errors import InputError, first_line
from plion.studies.search.stores.sqlite import checked

_PATIENCE = 10  # seconds to wait for an answer
_READ_ONLY = "-c default_transaction_read_only=on"


class PostgresqlStore:
    """A database on a server; see `Store`."""

    def __init__(self, url: URL) -> None:
        """Raises InputError if the driver is missing."""
        try:
            importlib.import_module("psycopg")
        except ImportError as error:
            raise InputError(
                f"--store postgresql:// needs the package psycopg ({first_line(error)}): "
                "pip install 'plion[postgresql]'"
            ) from error
        self._url = url.set(drivername="postgresql+psycopg")
        shown = URL.create("postgresql", url.username, None, url.host, url.port, url.database)
        self._place = shown.render_as_string()

    @property
    def place(self) -> str:
        return self._place

    def create(self, name: str, objectives: int = 1) -> optuna.Study:
        with self.explained():
            return checked(
                optuna.create_study(
                    storage=self._storage(),
                    study_name=name,
                    directions=["minimize"] * objectives,
                    load_if_exists=True,
                )
            )

    def read(self, name: str) -> optuna.Study | None:
        with self.explained():
            with self._engine(_READ_ONLY).connect() as connection:
                if not inspect(connection).has_table("studies"):
                    return None
            storage = self._storage(_READ_ONLY, skip_table_creation=True)
            try:
                return checked(optuna.load_study(study_name=name, storage=storage))
            except KeyError:
                return None

    def explained(self) -> AbstractContextManager[None]:
        return self._explained()

    def alone(self, name: str) -> AbstractContextManager[None]:
        return self._alone(name)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, StorageInternalError) as error:
            raise InputError(
                f"{self.place}: {_cause(error)}; no result is lost: fix this and give the same "
                "command again"
            ) from error
        except RuntimeError as error:
            if "table schema" not in str(error):  # Optuna has no exception type for this
                raise
            raise InputError(
                f"{self.place} was made by another version of Optuna than {optuna.__version__}: "
                "install that version, or name another database"
            ) from error

    @contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        """Holds a lock of the server, which it releases if this process dies."""
        with self.explained():
            connection = self._engine().connect()
            key = {"name": f"plion sweep {name}"}
            lock = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
            free = connection.execute(lock, key).scalar()
        with connection:
            if not free:
                raise InputError(
                    f"{self.place}: another process drives the sweep '{name}' there; wait for it, "
                    "watch it with --status, or rename the file of this one"
                )
            yield

    def _engine(self, options: str = "") -> Engine:
        return create_engine(
            self._url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args=_arguments(options),
        )

    def _storage(self, options: str = "", *, skip_table_creation: bool = False) -> RDBStorage:
        # Between rounds of hours a connection may be gone: it is tried before it is used.
        arguments = {"pool_pre_ping": True, "connect_args": _arguments(options)}
        url = self._url.render_as_string(hide_password=False)
        return RDBStorage(url, arguments, skip_table_creation=skip_table_creation)


def _arguments(options: str) -> dict[str, Any]:
    arguments = {"connect_timeout": _PATIENCE, "application_name": "plion"}
    return {**arguments, "options": options} if options else arguments


def _cause(error: BaseException) -> str:
    """The driver's own sentence: those of SQLAlchemy and Optuna quote statements."""
    while (below := getattr(error, "orig", None) or error.__cause__) is not None:
        error = below
    return first_line(error)
