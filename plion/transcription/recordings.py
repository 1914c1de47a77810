"""Recordings to transcribe: files, audio files below folders, or standard input."""

import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from plion.data.audio.suffixes import AUDIO, SOME, START, container
from plion.errors import InputError
from plion.system.files import disk_full

STDIN = "-"


@dataclass(frozen=True)
class Recording:
    """An audio file: its `name` in transcripts, and `output`, a relative path without suffix.

    Outputs are relative to the common folder of all arguments, so that a/x.wav and b/x.wav get
    different ones.
    """

    name: str
    path: Path
    output: Path

    def told(self, text: str) -> str:
        """A message about it, with "standard input" in place of the copy's path."""
        return text.replace(str(self.path), "standard input") if self.name == STDIN else text


def recordings(arguments: Sequence[str], spool: Path) -> list[Recording]:
    """Lists the recordings of files, folders and `-`, each once, those of a folder by name.

    A folder contributes all files below it that have the suffix or the first bytes of audio and
    are not hidden. Standard input is copied into the folder `spool`, because audio cannot be read
    from a pipe. Raises InputError for a missing path, a folder without audio and an empty standard
    input.
    """
    found: dict[Path, str] = {}  # path: name
    tops = []
    for argument in dict.fromkeys(arguments):
        path = _spooled(spool) if argument == STDIN else Path(argument)
        if path.is_dir():
            found |= {one: str(one) for one in _below(path)}
        elif path.is_file():
            found[path] = argument
        elif path.exists():
            raise InputError(f"recording {path} is not a regular file; pipe it into -")
        else:
            lost = "is a broken link" if path.is_symlink() else "does not exist"
            raise InputError(f"recording {path} {lost}; name an audio file, a folder, or -")
        if argument != STDIN:
            tops.append(os.path.abspath(path if path.is_dir() else path.parent))
    root = os.path.commonpath(tops) if tops else ""
    paths = {os.path.abspath(path): path for path in found}
    outputs = [
        Path("stdin" if found[path] == STDIN else os.path.relpath(place, root))
        for place, path in paths.items()
    ]
    return [
        Recording(found[path], path, output)
        for path, output in zip(paths.values(), _without_suffixes(outputs), strict=True)
    ]


def _below(folder: Path) -> Iterator[Path]:
    files = [path for path in sorted(folder.rglob("*")) if not _hidden(path.relative_to(folder))]
    seen = [path for path in files if path.is_file() and _is_audio(path)]
    if not seen:
        raise InputError(
            f"folder {folder} has no audio: no file ends in {SOME}, or starts as audio does"
        )
    yield from seen


def _is_audio(path: Path) -> bool:
    """Whether a file is audio by its suffix or its first bytes, so that none is missed."""
    if path.suffix.lower() in AUDIO:
        return True
    try:
        with path.open("rb") as file:
            return container(file.read(START)) is not None
    except PermissionError:
        return False  # the name gives no reason to report it


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _without_suffixes(outputs: Sequence[Path]) -> list[Path]:
    """Removes suffixes where names stay unique: x.wav and x.flac in one folder keep theirs."""
    bare = [path.with_suffix("") for path in outputs]
    counts, whole = Counter(bare), set(outputs)
    return [
        short if counts[short] == 1 and (short == full or short not in whole) else full
        for full, short in zip(outputs, bare, strict=True)
    ]


def _spooled(folder: Path) -> Path:
    """Copies standard input into a file of the folder."""
    if sys.stdin.isatty():
        raise InputError("- reads audio from a pipe, but standard input is a terminal")
    path = folder / "standard input"
    with disk_full(path), path.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    if not path.stat().st_size:
        raise InputError("standard input is empty; pipe an audio file's bytes into it")
    return path
