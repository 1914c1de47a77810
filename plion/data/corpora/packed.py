"""Recognise archives, shards and unfinished downloads by their file names."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence

from plion.errors import InputError

SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip")
SHARDS = (".parquet", ".arrow")
# Suffixes that browsers and download managers give unfinished files.
UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".aria2", ".incomplete", ".tmp")

_PACKED = re.compile(
    rf"(.+?)({'|'.join(map(re.escape, sorted((*SUFFIXES, *SHARDS), key=len, reverse=True)))})",
    re.IGNORECASE | re.DOTALL,
)
_COPY = re.compile(r" ?\(\d+\)$")  # added by browsers to a second download
_OF_SET = re.compile(r"(?P<set>.*)-(?P<number>\d{5})-of-(?P<total>\d{5})", re.DOTALL)


def stem(name: str) -> str | None:
    """The name of an archive or shard without its suffix; None for any other file."""
    match = _PACKED.fullmatch(name)
    return match[1] if match else None


def top(path: str) -> str:
    """The name of an archive or shard without folder, suffix and ` (1)` of a second download."""
    name = stem(posixpath.basename(path)) or ""
    return _COPY.sub("", name) or name


def unpacked_to(path: str) -> str:
    """The folder for an archive's files if they have none of their own: its path unsuffixed."""
    return posixpath.join(posixpath.dirname(path), top(path))


Pieces = Callable[[Sequence[str], Collection[str]], Sequence[str]]
"""A function of a source's archives and unpacked folders (paths) to the archives of a corpus."""


def named(pattern: str) -> Pieces:
    """Select archives whose name, in any folder, matches a regular expression, ignoring case."""
    fits = re.compile(pattern, re.IGNORECASE).fullmatch
    return lambda archives, folders: [path for path in archives if fits(top(path))]


def none(archives: Sequence[str], folders: Collection[str]) -> Sequence[str]:
    """Select no archives: for a corpus whose archives have no fixed names."""
    return ()


def is_shard(name: str) -> bool:
    """Whether a file is parquet or Arrow, by its name."""
    return name.lower().endswith(SHARDS)


def is_cache(path: str) -> bool:
    """Whether a file is a cache of the library `datasets`, by its name."""
    return is_shard(path) and posixpath.basename(path).lower().startswith(("cache-", "tmp"))


def once(paths: Iterable[str]) -> list[str]:
    """Paths without second downloads (` (1)`) of a file that exists under its own name; sorted."""
    first: dict[tuple[str, str], str] = {}
    for path in sorted(paths, key=lambda path: (len(path), path)):
        name = posixpath.basename(path)
        suffix = name.removeprefix(stem(name) or "").lower()
        first.setdefault((unpacked_to(path), suffix), path)
    return sorted(first.values())


def finished(path: str) -> str | None:
    """The final path of an unfinished download; None for any other file.

    The download may be a folder named after the archive.
    """
    parts = path.split("/")
    for number, part in enumerate(parts, start=1):
        suffix = next((it for it in UNFINISHED if part.lower().endswith(it)), "")
        name = part.removesuffix(part[-len(suffix) :]) if suffix else ""
        if name and (number == len(parts) or stem(name)):
            return "/".join([*parts[: number - 1], name])
    return None


def refuse_unfinished(path: str) -> None:
    """Raise InputError for the name of an unfinished download."""
    if path.lower().endswith(UNFINISHED):
        raise InputError(f"{path} is an unfinished download: let it finish, or remove it")


def refuse_incomplete(paths: Iterable[str]) -> None:
    """Raise InputError if a set of shards such as train-00000-of-00002 is incomplete."""
    there = defaultdict(set)
    for path in paths:
        if match := _OF_SET.fullmatch(path):
            there[match["set"], match["total"]].add(int(match["number"]))
    for (name, total), numbers in sorted(there.items()):
        missing = [number for number in range(int(total)) if number not in numbers]
        if missing:
            first = ", ".join(f"{name}-{number:05}-of-{total}" for number in missing[:3])
            more = f" and {len(missing) - 3:,} more" if len(missing) > 3 else ""
            raise InputError(
                f"of {int(total):,} shards these are missing: {first}{more}; "
                "download them too, and give the folder with all shards"
            )
