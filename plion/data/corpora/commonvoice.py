"""Common Voice, Scripted Speech 23.0 and others: sentences read by volunteers.

    cv-corpus-23.0-2025-09-05/ta/{train,dev,test,validated,...}.tsv
    cv-corpus-23.0-2025-09-05/ta/clip_durations.tsv
    cv-corpus-23.0-2025-09-05/ta/clips/common_voice_ta_20612345.mp3

The header names the columns of a table (their order changes with the release); quotes are plain
text. `clip_durations.tsv` has the clip and its duration in milliseconds. Every release has new
splits, which are disjoint in speakers (`client_id`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from math import inf
from pathlib import PurePosixPath

from plion.data.corpora.corpus import Corpus, Entry, Omitted, Part
from plion.data.corpora.lines import broken, each, fields
from plion.data.corpora.packed import named
from plion.data.corpora.tree import Tree
from plion.errors import InputError

KEYS = {"zh-CN": "commonvoice_zh", "ta": "commonvoice_ta"}
PARTS: dict[str, Part] = {"train": "train", "dev": "valid", "test": "test"}

_CLIP = re.compile(r"common_voice_(?P<locale>[A-Za-z]+(?:-[A-Za-z]+)*)_\d+")
_NEEDED = ("client_id", "path", "sentence")

Row = dict[str, str]


def read_commonvoice(tree: Tree, locale: str) -> Iterator[Entry | Omitted]:
    """The clips of train, dev and test in one language; folders of other languages are ignored.

    Releases before 17 have no `sentence_id`; those before 7 no `locale`, which is then read from
    the clips' names; the first ones name clips without `.mp3`. Raises InputError if there are only
    folders of other languages, and for a table that lacks a column; a row with too many or too few
    fields, or of another language, is broken.
    """
    folders = [str(PurePosixPath(path).parent) for path in tree.glob("validated.tsv")]
    locales = {folder: _locale(tree, folder) for folder in folders}
    if locale not in locales.values():
        found = "; ".join(f"{folder} is of {_called(it)}" for folder, it in locales.items())
        raise InputError(f"there is no Common Voice of {_called(locale)}: {found}")
    for folder in folders:
        if locales[folder] == locale:
            yield from _entries(tree, folder, locale)


def _entries(tree: Tree, folder: str, locale: str) -> Iterator[Entry | Omitted]:
    named = {part: f"{folder}/{name}.tsv" for name, part in PARTS.items()}
    there = {part: path for part, path in named.items() if tree.path(path)}
    durations = _durations(tree, folder, _clips(tree, there.values()))
    for part, path in there.items():
        entry = partial(_entry, path=path, part=part, locale=locale, durations=durations)
        yield from each(_table(tree, path, _NEEDED), entry)


def _clips(tree: Tree, tables: Iterable[str]) -> set[str]:
    found = (row for path in tables for row in _table(tree, path, _NEEDED))
    return {row[1]["path"] for row in found if not isinstance(row, Omitted)}


def _entry(
    number: int, row: Row, *, path: str, part: Part, locale: str, durations: Mapping[str, float]
) -> Entry:
    own = row.get("locale", locale)
    if own != locale:
        raise broken(path, number, f"expected the locale '{locale}', found '{own}'")
    clip = PurePosixPath(row["path"])
    return Entry(
        id=clip.stem,
        audio=f"{PurePosixPath(path).parent}/clips/{clip if clip.suffix else f'{clip}.mp3'}",
        text=row["sentence"],
        part=part,
        speaker=row["client_id"] or None,
        sentence=row.get("sentence_id") or None,
        duration=durations.get(row["path"]) or None,  # 0 means unknown
    )


def _durations(tree: Tree, folder: str, clips: set[str]) -> dict[str, float]:
    """Seconds of these clips, from the table of all clips ever recorded, if there is one.

    A clip whose duration is missing or invalid there is measured itself later.
    """
    path = f"{folder}/clip_durations.tsv"
    durations: dict[str, float] = {}
    if tree.path(path):
        for row in _table(tree, path, ()):
            if not isinstance(row, Omitted) and row[1].get("clip") in clips:
                durations[row[1]["clip"]] = _seconds(row[1].get("duration[ms]", ""))
    return durations


def _seconds(milliseconds: str) -> float:
    try:
        seconds = float(milliseconds) / 1000
    except ValueError:
        return 0.0
    return seconds if 0 <= seconds < inf else 0.0


def _table(tree: Tree, path: str, columns: tuple[str, ...]) -> Iterator[tuple[int, Row] | Omitted]:
    """The numbered rows below a header that has at least these columns."""
    lines = ((number, line) for number, line in tree.lines(path) if line.strip())
    top, line = next(lines, (1, ""))
    header = line.split("\t")
    if lacking := [column for column in columns if column not in header]:
        raise broken(path, top, f"no column {', '.join(lacking)}; found {', '.join(header)}")
    for row in fields(tree, path, len(header), after=top):
        yield row if isinstance(row, Omitted) else (row[0], dict(zip(header, row[1], strict=True)))


def _locale(tree: Tree, folder: str) -> str:
    """A folder's locale by the first clip of its tables, else by its name; empty if unknown."""
    for name in ("validated", *PARTS):
        path = f"{folder}/{name}.tsv"
        for row in _table(tree, path, ()) if tree.path(path) else ():
            if isinstance(row, Omitted):
                continue
            if "locale" in row[1]:
                return row[1]["locale"]
            if match := _CLIP.fullmatch(PurePosixPath(row[1].get("path", "")).stem):
                return match["locale"]
            break
    name = PurePosixPath(folder).name
    return name if name in KEYS else ""


def _called(locale: str) -> str:
    return f"'{locale}' ({KEYS[locale]})" if locale in KEYS else f"'{locale}'"


def _corpus(locale: str, language: str) -> Corpus:
    return Corpus(
        key=KEYS[locale],
        language=language,
        looks_for=("validated.tsv", "train.tsv"),
        read=partial(read_commonvoice, locale=locale),
        whole=named(rf"cv-corpus-(?!.*delta).*-{locale}|mcv-scripted-{locale}-.*"),
        parts=tuple(PARTS.values()),
        takes_all=False,
    )


ZH = _corpus("zh-CN", "zh")
TA = _corpus("ta", "ta")
