"""Files that a reader may find: written whole or not at all, tried before the work, and digested.

They are written beside their place and then moved there, so a run that is killed, or a disk that is
full, leaves the earlier file whole.
"""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plion.errors import FULL, InputError, reason
from plion.system import drafts

_STREAMS = tuple(map(Path, ("/dev", "/dev/fd", "/proc/self/fd")))


@contextmanager
def disk_full(path: str | Path) -> Iterator[None]:
    """Turn "no space left" while writing `path` into an InputError; other errors pass."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise InputError(
            f"no space left on the disk while writing {path}; nothing earlier is lost: "
            "make room and give the same command again"
        ) from error


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Turn what keeps a folder from being made or written to into an InputError that names it."""
    try:
        with disk_full(folder):
            yield
    except OSError as error:
        raise InputError(
            f"the folder {folder} cannot be made or written to: {reason(error)}"
        ) from error


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A name in the same folder to write a file to; on success it takes the place of `path`.

    Nothing is left behind when the writing fails. A device or a pipe (`/dev/stdout`) is written to
    as it is. Raises InputError when the disk is full; other errors of the system name `path`.
    """
    path = Path(path)
    if _stream(path):
        with disk_full(path):
            yield path
        return
    drafts.clear_once(path.parent.absolute())
    draft = drafts.draft(path)
    with _named(path, draft):
        try:
            with disk_full(path):
                yield draft
                on_disk(draft)
                os.replace(draft, path)
                on_disk(path.parent)
        finally:
            draft.unlink(missing_ok=True)


@contextmanager
def _named(path: Path, draft: Path) -> Iterator[None]:
    """Lets errors of the system name the file that is written, and not its draft or nothing."""
    try:
        yield
    except OSError as error:
        if error.errno is not None and error.filename in (None, str(draft)):
            error.filename, error.filename2 = str(path), None
        raise


def _stream(path: Path) -> bool:
    """Whether a path is no file that another could take the place of."""
    if path.parent.absolute() in _STREAMS:
        return True
    return path.exists() and not path.is_file() and not path.is_dir()


def try_file(path: Path) -> None:
    """Raises OSError, naming `path`, where no file can be written there; leaves nothing."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if path.exists() and _stream(path):
        return
    draft = drafts.draft(path)
    with _named(path, draft):
        draft.touch()
        draft.unlink()


def try_folder(path: Path) -> None:
    """Raises OSError where nothing can be written in a folder that is there or is to be made.

    It asks the system and writes nothing, as every rank of a run does.
    """
    there = next(one for one in (path.absolute(), *path.absolute().parents) if one.exists())
    number = 0
    if not there.is_dir():
        number = errno.ENOTDIR
    elif not os.access(there, os.W_OK | os.X_OK):
        read_only = os.statvfs(there).f_flag & os.ST_RDONLY
        number = errno.EROFS if read_only else errno.EACCES
    if number:
        raise OSError(number, os.strerror(number), str(path))


def on_disk(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk and not only on their way.

    Without it a machine that loses its power may keep the new name of a file and none of its bytes.
    """
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # file systems that cannot be asked
            raise
    finally:
        os.close(number)


def move_folder(draft: Path, target: Path) -> None:
    """Give a folder of files its name once all of it is on the disk."""
    for path in (*draft.iterdir(), draft):
        on_disk(path)
    draft.rename(target)
    on_disk(target.parent)


def atomic_write(path: str | Path, text: str) -> None:
    """Write a text file, whole or not at all.

    What is no Unicode, as in names of files, is an escape, which JSON's readers turn back.
    """
    with replacing(path) as draft:
        draft.write_text(text, encoding="utf-8", errors="backslashreplace")


def sha256(path: str | Path) -> str:
    """The hex digest of a file's content."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
