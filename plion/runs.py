"""One run's folder: names, files, and where its results come from.

Whatever a reader may find is written beside its place and then moved there, so a run that is
killed, or a disk that is full, leaves the earlier file whole.
"""

import errno
import hashlib
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from plion import drafts, locks
from plion.documents import parse_json, read_json
from plion.errors import FULL, InputError, reason, sentence
from plion.record import Record

_STREAMS = tuple(map(Path, ("/dev", "/dev/fd", "/proc/self/fd")))
PACKAGES = ("plion", "torch", "torchaudio", "lightning", "transformers", "tokenizers", "numpy")


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


@dataclass(frozen=True)
class RunFolder:
    """The files of one run, `runs/NAME-HASH8`.

    `given`: the transcripts and figures are those of the second decoding, `forced`.
    """

    path: Path
    given: bool = False

    @property
    def forced(self) -> "RunFolder":
        """The same run with the transcripts of `predictions/forced`: told the true language."""
        return RunFolder(self.path, given=True)

    @property
    def config(self) -> Path:
        return self.path / "config.yaml"

    @property
    def record(self) -> Path:
        return self.path / "run.json"

    @property
    def patch(self) -> Path:
        return self.path / "patch.diff"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def export(self) -> Path:
        """The chosen weights in hf layout."""
        return self.checkpoints / "export"

    @property
    def metrics(self) -> Path:
        return self.path / ("metrics-forced.json" if self.given else "metrics.json")

    def predictions(self, key: str) -> Path:
        """The transcripts of one benchmark."""
        folder = self.path / "predictions"
        return (folder / "forced" if self.given else folder) / f"{key}.jsonl"

    def read(self) -> dict[str, Any]:
        """The content of run.json, empty where there is none.

        Raises InputError when it is damaged, or is not the record of a run.
        """
        if not self.record.exists():
            return {}
        record: dict[str, Any] = read_json(self.record, Record, "remove the folder")
        if not record.keys() & {"name", "hash", "status"}:
            raise InputError(
                f"{self.record} is not the record of a run (no name, hash or status); move the "
                "folder away"
            )
        return record

    def write(self, **fields: Any) -> None:
        """Set fields of run.json and keep the others."""
        record = {**self.read(), **fields}
        atomic_write(self.record, json.dumps(record, indent=2, ensure_ascii=False) + "\n")

    def done(self, tested: bool = False, forced: bool = False) -> bool:
        """Whether the run has ended well; `tested`: and its test sets have been scored.

        `forced`: and scored a second time, with the true language given.
        """
        scored = (not tested or self.scored) and (not (tested and forced) or self.forced.scored)
        return scored and self.read().get("status") == "done"

    @property
    def scored(self) -> bool:
        """Whether metrics.json is there, and not cut off by a machine that lost its power."""
        if not self.metrics.is_file():
            return False
        try:
            parse_json(self.metrics.read_bytes(), str(self.metrics))
        except InputError:
            return False
        return True

    def failed(self, **fields: Any) -> None:
        """Set the status, and fields that say why, after a failure that is told elsewhere.

        Where run.json cannot be written, perhaps for the same reason, standard error says so.
        """
        try:
            self.write(status="failed", **fields)
        except (InputError, OSError) as error:
            said = sentence(error) or error
            print(f"plion: {self.path} is not marked as failed: {said}", file=sys.stderr)


def locate(root: str | Path, name: str, hash8: str) -> RunFolder:
    """Where the run with this hash is or would be: under its own name, else under another's.

    The hash makes it the same run, whichever study asked for it first.
    """
    own = RunFolder(Path(root) / f"{name}-{hash8}")
    if not own.record.exists():
        for path in sorted(Path(root).glob(f"*-{hash8}")):
            if RunFolder(path).read().get("hash") == hash8:
                return RunFolder(path)
    return own


def claim(root: str | Path, name: str, hash8: str) -> RunFolder:
    """The folder of the run with this hash, made if need be: to start, resume or use.

    A run that was killed stays `running` and is resumed as any unfinished one. Processes that
    claim a run at once, each under a name of its own, are given one folder. Raises InputError when
    the folder belongs to another configuration.
    """
    with alone(Path(root)):
        folder = locate(root, name, hash8)
        with writable(folder.path):
            folder.path.mkdir(parents=True, exist_ok=True)
        found = folder.read().get("hash")
        if found is None:
            folder.write(name=name, hash=hash8)
    if found not in (None, hash8):
        raise InputError(
            f"{folder.path} belongs to another configuration (hash {found}, not {hash8}); "
            "move it away or choose another name"
        )
    return folder


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait until no other process works in a folder, and keep others out until this one is done.

    The lock goes with the process, however that ends. What killed processes left of files that
    they were writing is cleared. Raises InputError for a folder that cannot be made or written to.
    """

    def waiting(how: str) -> None:
        print(f"waiting for another process to finish in {folder}{how}", file=sys.stderr)

    with writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    with lock, locks.held(lock, waiting):
        run = RunFolder(folder)
        drafts.clear(folder)  # studies write configurations into folders of runs
        for own in (run.checkpoints, *(one.predictions("").parent for one in (run, run.forced))):
            drafts.clear(own, held=True)
        yield


def command() -> str:
    """The command line of this process, without the home folder's name."""
    return " ".join(map(_without_home, ["plion", *sys.argv[1:]]))


def provenance(folder: RunFolder) -> dict[str, Any]:
    """What run.json says of code and machine: command, commit, dirty, source, processor, versions.

    Where the working tree has changes, `patch.diff` holds them, with the names of files not
    under version control. Neither the host, the user, an address nor the home folder is written.
    """
    package = Path(__file__).parent
    commit, status = None, None
    # Only plion's own checkout: an installed plion may lie inside somebody else's repository.
    if (package.parent / ".git").exists():
        commit = _git(package.parent, "rev-parse", "HEAD")
        status = _git(package.parent, "status", "--porcelain", "--untracked-files=all")
    if status:
        changes = _git(package.parent, "diff", "HEAD", "--binary") or ""
        with replacing(folder.patch) as draft:
            draft.write_bytes((_commented(status) + changes).encode(errors="surrogateescape"))
    else:
        folder.patch.unlink(missing_ok=True)  # of an earlier call on other code
    return {
        "command": command(),
        "commit": commit and commit.strip(),
        "dirty": None if status is None else bool(status),
        "source": source_hash(package),
        "processor": processor(),
        "versions": {"python": sys.version.split()[0], **_versions()},
    }


def processor() -> str:
    """The processor's model, as `AMD EPYC 7B13`; results of unlike ones differ in their bits."""
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        told = ""  # no Linux
    named = re.search(r"^(?:model name|cpu model|Model)\s*:\s*(.+)$", told, re.MULTILINE)
    return named[1].strip() if named else platform.processor() or platform.machine()


def source_hash(package: Path) -> str:
    """Eight hex digits over the names and content of a package's Python files."""
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(f"{path.relative_to(package).as_posix()} {sha256(path)}\n".encode())
    return digest.hexdigest()[:8]


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints; None where it is missing, refuses, or there is no commit yet.

    Files need not be UTF-8, whose bytes stay: a patch of them is to be applied again.
    """
    try:
        result = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, check=False
        )
    except OSError:
        return None
    return result.stdout.decode(errors="surrogateescape") if result.returncode == 0 else None


def _commented(status: str) -> str:
    return "".join(f"# {line}\n" for line in status.splitlines())


def _versions() -> Mapping[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _without_home(argument: str) -> str:
    home = os.path.expanduser("~")  # which stays `~` where there is none
    if not home.strip("/~"):
        return argument
    return re.sub(rf"{re.escape(home)}(?=/|$)", "~", argument)
