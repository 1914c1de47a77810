"""What is to be transcribed: files, whatever audio lies in a folder, or standard input."""

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
    """An audio file: `name` as a transcript calls it, and `output`, its own without a suffix.

    Outputs are beneath the folder that holds all that was asked for, so that a/x.wav and b/x.wav
    do not meet.
    """

    name: str
    path: Path
    output: Path

    def told(self, text: str) -> str:
        """What is said of it, without the place that standard input was copied to."""
        return text.replace(str(self.path), "standard input") if self.name == STDIN else text


def recordings(arguments: Sequence[str], spool: Path) -> list[Recording]:
    """The recordings of files, of folders and of `-`, each once, folders in the order of names.

    In folders, whatever is below counts whose suffix or first bytes are those of audio, and whose
    name is not hidden.
    Standard input is copied into the folder `spool`, since audio cannot be read from a pipe.
    Raises InputError for what is not there, a folder without audio and an empty standard input.
    """
    found: dict[Path, str] = {}  # where it is, and its name
    tops = []
    for argument in dict.fromkeys(arguments):
        path = _spooled(spool) if argument == STDIN else Path(argument)
        if path.is_dir():
            found |= {one: str(one) for one in _below(path)}
        elif path.is_file():
            found[path] = argument
        elif path.exists():
            raise InputError(f"recording {path} is no file; pipe it into -")
        else:
            lost = "is a link to nothing" if path.is_symlink() else "is not there"
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
            f"folder {folder} has no audio: no file in it ends in {SOME}, or begins as audio does"
        )
    yield from seen


def _is_audio(path: Path) -> bool:
    """By the suffix, or by the first bytes, since a folder passes over nothing in silence."""
    if path.suffix.lower() in AUDIO:
        return True
    try:
        with path.open("rb") as file:
            return container(file.read(START)) is not None
    except PermissionError:
        return False  # of a name that promises nothing


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _without_suffixes(outputs: Sequence[Path]) -> list[Path]:
    """x.wav as x; where x.flac is beside it, both as they are, and x.wav.mp3 beside them."""
    bare = [path.with_suffix("") for path in outputs]
    counts, whole = Counter(bare), set(outputs)
    return [
        short if counts[short] == 1 and (short == full or short not in whole) else full
        for full, short in zip(outputs, bare, strict=True)
    ]


def _spooled(folder: Path) -> Path:
    """The file that standard input was copied to."""
    if sys.stdin.isatty():
        raise InputError("- is for audio from a pipe, and standard input is a terminal")
    path = folder / "standard input"
    with disk_full(path), path.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    if not path.stat().st_size:
        raise InputError("standard input is empty; pipe an audio file's bytes into it")
    return path
