"""The database of a sweep's trials, `study.db`: opened for work or to be read, faults in words.

Finished runs are in their own folders: a database that is lost costs no training, as the same
trials are proposed again and their runs used.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import optuna
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from plion.errors import InputError, first_line

_PATIENCE = 10.0  # seconds to wait for another process that is writing
_ANEW = (
    "move it away and give the same command again: finished runs are used as they are, and the "
    "same trials proposed"
)
_AGAIN = "nothing earned is lost: put that right and give the same command again"
# By the first words of SQLite's names of its results: what is wrong, and what to do.
_FAULTS = {
    "SQLITE_FULL": ("cannot be written: no space left on the disk", _AGAIN),
    "SQLITE_READONLY_ROLLBACK": (
        "was being written to by a process that was killed",
        "the sweep puts that right when it goes on: give the command without --status",
    ),
    "SQLITE_READONLY_DBMOVED": ("was moved or removed while it was in use", _AGAIN),
    "SQLITE_READONLY": ("may only be read", _AGAIN),
    "SQLITE_PERM": ("may not be opened", _AGAIN),
    "SQLITE_AUTH": ("may not be opened", _AGAIN),
    "SQLITE_CANTOPEN": ("cannot be opened", _AGAIN),
    "SQLITE_BUSY": ("is in use by another process", _AGAIN),
    "SQLITE_LOCKED": ("is in use by another process", _AGAIN),
    "SQLITE_IOERR": ("cannot be read or written on its disk", _AGAIN),
    "SQLITE_CORRUPT": ("is damaged", _ANEW),
    "SQLITE_NOTADB": ("is no database", _ANEW),
}


def create(path: Path, name: str) -> optuna.Study:
    """The study `name` in a database that can be written to, both made where they are not there.

    Raises InputError where the database is damaged, cannot be written to, is in use, or is that
    of another program or another version of Optuna.
    """
    with explained(path):
        with closing(_connected(path, "rwc")) as connection:
            empty = _empty(connection)
            _check_writable(connection)
        storage = _storage(path, "rw", make_tables=empty)
        return _read(optuna.create_study(storage=storage, study_name=name, load_if_exists=True))


def read_study(path: Path, name: str) -> optuna.Study | None:
    """The same of a database that is only read; None where there is none, or no such study in it.

    Raises InputError as `create` does.
    """
    if not (path.exists() or path.is_symlink()):
        return None
    with explained(path):
        with closing(_connected(path, "ro")) as connection:
            if _empty(connection):  # of a sweep that was killed before it made a table
                return None
        storage = _storage(path, "ro")
        try:
            storage.get_study_id_from_name(name)
        except KeyError:
            return None
        return _read(optuna.load_study(study_name=name, storage=storage))


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what Optuna, SQLAlchemy and SQLite raise about a database into an InputError."""
    try:
        yield
    except (sqlite3.Error, SQLAlchemyError, StorageInternalError) as error:
        raise InputError(_sentence(path, _cause(error))) from error
    except RuntimeError as error:
        if "table schema" not in str(error):  # Optuna has no kind of its own for this
            raise
        raise InputError(
            f"{path} was made by another version of Optuna than {optuna.__version__}: install "
            f"that version, or {_ANEW}"
        ) from error


def _connected(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=_PATIENCE)


def _storage(path: Path, mode: str, *, make_tables: bool = False) -> RDBStorage:
    """Optuna's access to a file of any name: a `?` or `%20` in it would change a plain address.

    `mode`: SQLite's, `rw` or `ro`, in which nothing is written.
    """
    query = {"uri": "true", "mode": mode}
    url = URL.create("sqlite", database=path.absolute().as_uri(), query=query)
    return RDBStorage(
        url.render_as_string(),
        {"connect_args": {"timeout": _PATIENCE}},
        skip_table_creation=not make_tables,
    )


def _empty(connection: sqlite3.Connection) -> bool:
    """Whether there is nothing in a database; sqlite3.DatabaseError where its pages are damaged."""
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(found)
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return not tables


def _check_writable(connection: sqlite3.Connection) -> None:
    """Write and take it back: what keeps a trial from being recorded is told before it is run."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("CREATE TABLE probe (number)")
    connection.rollback()


def _read(study: optuna.Study) -> optuna.Study:
    """The study with all its trials read once: what is wrong with them is told before the work."""
    try:
        study.get_trials(deepcopy=False)
        json.dumps(study.user_attrs)
    except (LookupError, TypeError, ValueError, AssertionError) as error:
        raise sqlite3.DatabaseError(first_line(error)) from error
    return study


def _cause(error: BaseException) -> BaseException:
    """SQLite's own error below those of the libraries that are built on it."""
    while not isinstance(error, sqlite3.Error):
        below = getattr(error, "orig", None) or error.__cause__
        if below is None:
            break
        error = below
    return error


def _sentence(path: Path, error: BaseException) -> str:
    if path.is_dir():
        return f"{path} is a folder where the database of the trials belongs; {_ANEW}"
    name = getattr(error, "sqlite_errorname", "")
    for start, (fault, remedy) in _FAULTS.items():
        if name.startswith(start):
            return f"{path} {fault} ({first_line(error)}); {remedy}"
    return f"{path} holds no trials of a sweep ({first_line(error)}); {_ANEW}"
