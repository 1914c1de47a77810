"""A sweep's trials in SQLite, `study.db`: opening it, and error messages for its faults.

Finished runs are in their own folders: losing the database costs no training, because the same
trials are proposed again and their runs reused.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import optuna
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from plion.errors import NO_SPACE, InputError, first_line
from plion.runs.claims import alone

_PATIENCE = 10.0  # seconds to wait for another process that is writing
_ANEW = (
    "move it away and give the same command again: the same trials are proposed, and finished "
    "runs are reused"
)
_AGAIN = "no result is lost: fix this and give the same command again"
# Prefix of SQLite's error name: the fault, and the remedy.
_FAULTS = {
    "SQLITE_FULL": (f"cannot be written: {NO_SPACE}", _AGAIN),
    "SQLITE_READONLY_ROLLBACK": (
        "was being written by a process that was killed",
        "the sweep repairs it when it continues: give the same command again without --status",
    ),
    "SQLITE_READONLY_DBMOVED": ("was moved or removed while it was in use", _AGAIN),
    "SQLITE_READONLY": ("is read-only", _AGAIN),
    "SQLITE_PERM": ("may not be opened", _AGAIN),
    "SQLITE_AUTH": ("may not be opened", _AGAIN),
    "SQLITE_CANTOPEN": ("cannot be opened", _AGAIN),
    "SQLITE_BUSY": ("is in use by another process", _AGAIN),
    "SQLITE_LOCKED": ("is in use by another process", _AGAIN),
    "SQLITE_IOERR": ("cannot be read or written on its disk", _AGAIN),
    "SQLITE_CORRUPT": ("is damaged", _ANEW),
    "SQLITE_NOTADB": ("is not a database", _ANEW),
}


@dataclass(frozen=True)
class SqliteStore:
    """The database of a sweep's trials in a file."""

    path: Path

    @property
    def place(self) -> str:
        """The database as messages name it."""
        return str(self.path)

    def create(self, name: str, objectives: int = 1) -> optuna.Study:
        """As `create`."""
        return create(self.path, name, objectives)

    def read(self, name: str) -> optuna.Study | None:
        """As `read_study`."""
        return read_study(self.path, name)

    def explained(self) -> AbstractContextManager[None]:
        """As `explained`."""
        return explained(self.path)

    def alone(self, name: str) -> AbstractContextManager[None]:
        """Holds the database's folder; see `plion.runs.claims.alone`."""
        return alone(self.path.parent)


def create(path: Path, name: str, objectives: int = 1) -> optuna.Study:
    """Opens the study `name` for writing; creates the database and the study if missing.

    `objectives`: how many are minimised.

    Raises InputError if the database is damaged, not writable, in use, or made by another program
    or another version of Optuna.
    """
    with explained(path):
        with closing(_connected(path, "rwc")) as connection:
            empty = _empty(connection)
            _check_writable(connection)
        storage = _storage(path, "rw", make_tables=empty)
        return checked(
            optuna.create_study(
                storage=storage,
                study_name=name,
                directions=["minimize"] * objectives,
                load_if_exists=True,
            )
        )


def read_study(path: Path, name: str) -> optuna.Study | None:
    """Opens the study `name` read-only; None if the database or the study does not exist.

    Raises InputError as `create` does.
    """
    if not (path.exists() or path.is_symlink()):
        return None
    with explained(path):
        with closing(_connected(path, "ro")) as connection:
            if _empty(connection):  # the sweep was killed before it made a table
                return None
        storage = _storage(path, "ro")
        try:
            storage.get_study_id_from_name(name)
        except KeyError:
            return None
        return checked(optuna.load_study(study_name=name, storage=storage))


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns errors of Optuna, SQLAlchemy and SQLite about a database into an InputError."""
    try:
        yield
    except (sqlite3.Error, SQLAlchemyError, StorageInternalError) as error:
        raise InputError(_sentence(path, _cause(error))) from error
    except RuntimeError as error:
        if "table schema" not in str(error):  # Optuna has no exception type for this
            raise
        raise InputError(
            f"{path} was made by another version of Optuna than {optuna.__version__}: install "
            f"that version, or {_ANEW}"
        ) from error


def _connected(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=_PATIENCE)


def _storage(path: Path, mode: str, *, make_tables: bool = False) -> RDBStorage:
    """Optuna's storage for a file of any name, quoted because `?` and `%20` have a meaning in URLs.

    `mode`: SQLite's, `rw` or `ro` (read-only).
    """
    query = {"uri": "true", "mode": mode}
    url = URL.create("sqlite", database=path.absolute().as_uri(), query=query)
    return RDBStorage(
        url.render_as_string(),
        {"connect_args": {"timeout": _PATIENCE}},
        skip_table_creation=not make_tables,
    )


def _empty(connection: sqlite3.Connection) -> bool:
    """Whether a database has no tables; raises sqlite3.DatabaseError if its pages are damaged."""
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(found)
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return not tables


def _check_writable(connection: sqlite3.Connection) -> None:
    """Writes and rolls back, so that an unwritable database is reported before any trial runs."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("CREATE TABLE probe (number)")
    connection.rollback()


def checked(study: optuna.Study) -> optuna.Study:
    """Returns the study after reading all trials, so that damage is reported before any work."""
    try:
        study.get_trials(deepcopy=False)
        json.dumps(study.user_attrs)
    except (LookupError, TypeError, ValueError, AssertionError) as error:
        raise sqlite3.DatabaseError(first_line(error)) from error
    return study


def _cause(error: BaseException) -> BaseException:
    """SQLite's own error, unwrapped from those of Optuna and SQLAlchemy."""
    while not isinstance(error, sqlite3.Error):
        below = getattr(error, "orig", None) or error.__cause__
        if below is None:
            break
        error = below
    return error


def _sentence(path: Path, error: BaseException) -> str:
    if path.is_dir():
        return f"{path} is a folder, not the database of the trials; {_ANEW}"
    name = getattr(error, "sqlite_errorname", "")
    for start, (fault, remedy) in _FAULTS.items():
        if name.startswith(start):
            return f"{path} {fault} ({first_line(error)}); {remedy}"
    return f"{path} is not a database of a sweep's trials ({first_line(error)}); {_ANEW}"
