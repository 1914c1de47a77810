"""Which files hold others: told by their names alone."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence

from plion.errors import InputError

SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip")
SHARDS = (".parquet", ".arrow")
# What browsers and download managers call a file that has not come whole yet.
UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".aria2", ".incomplete", ".tmp")

_PACKED = re.compile(
    rf"(.+?)({'|'.join(map(re.escape, sorted((*SUFFIXES, *SHARDS), key=len, reverse=True)))})",
    re.IGNORECASE | re.DOTALL,
)
_COPY = re.compile(r" ?\(\d+\)$")  # as browsers name what they download a second time
_OF_SET = re.compile(r"(?P<set>.*)-(?P<number>\d{5})-of-(?P<total>\d{5})", re.DOTALL)


def stem(name: str) -> str | None:
    """The name of an archive or shard without its suffix; None for any other file."""
    match = _PACKED.fullmatch(name)
    return match[1] if match else None


def top(path: str) -> str:
    """What an archive or shard is called: no folder, suffix or ` (1)` of a second download."""
    name = stem(posixpath.basename(path)) or ""
    return _COPY.sub("", name) or name


def unpacked_to(path: str) -> str:
    """The path of an archive or shard without suffix, where its files go if they have no folder."""
    return posixpath.join(posixpath.dirname(path), top(path))


Pieces = Callable[[Sequence[str], Collection[str]], Sequence[str]]
"""Of the archives of a source, by path, those of a corpus; it also sees the folders that lie open.
"""


def named(pattern: str) -> Pieces:
    """Those whose name fits a regular expression, in either case, wherever they lie."""
    fits = re.compile(pattern, re.IGNORECASE).fullmatch
    return lambda archives, folders: [path for path in archives if fits(top(path))]


def none(archives: Sequence[str], folders: Collection[str]) -> Sequence[str]:
    """The pieces of a corpus whose archives have no names of their own."""
    return ()


def is_shard(name: str) -> bool:
    """Whether this is a parquet or Arrow file."""
    return name.lower().endswith(SHARDS)


def is_cache(path: str) -> bool:
    """Whether this is what the library `datasets` keeps of a step of work on a dataset."""
    return is_shard(path) and posixpath.basename(path).lower().startswith(("cache-", "tmp"))


def once(paths: Iterable[str]) -> list[str]:
    """Without second downloads of what is there under its own name; sorted."""
    first: dict[tuple[str, str], str] = {}
    for path in sorted(paths, key=lambda path: (len(path), path)):
        name = posixpath.basename(path)
        suffix = name.removeprefix(stem(name) or "").lower()
        first.setdefault((unpacked_to(path), suffix), path)
    return sorted(first.values())


def finished(path: str) -> str | None:
    """What an unfinished download will be, by its path; None for any other file.

    It may be a folder that is named as the archive will be.
    """
    parts = path.split("/")
    for number, part in enumerate(parts, start=1):
        suffix = next((it for it in UNFINISHED if part.lower().endswith(it)), "")
        name = part.removesuffix(part[-len(suffix) :]) if suffix else ""
        if name and (number == len(parts) or stem(name)):
            return "/".join([*parts[: number - 1], name])
    return None


def refuse_unfinished(path: str) -> None:
    """InputError for the name of a download that has not ended."""
    if path.lower().endswith(UNFINISHED):
        raise InputError(f"{path} is an unfinished download: let it finish, or remove it")


def refuse_incomplete(paths: Iterable[str]) -> None:
    """InputError for names such as train-00000-of-00002 where others of the set are missing."""
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
                "download them too, and give the folder that holds them all"
            )
