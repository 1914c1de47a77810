"""Common Voice, Scripted Speech 23.0: sentences read by volunteers.

    cv-corpus-23.0-2025-09-05/ta/{train,dev,test,validated,...}.tsv
    cv-corpus-23.0-2025-09-05/ta/clip_durations.tsv
    cv-corpus-23.0-2025-09-05/ta/clips/common_voice_ta_20612345.mp3

The columns of a table are known by its header (their order changes with the release), and quotes
are text. `clip_durations.tsv` has the clip and its duration in milliseconds. The splits are made
anew with every release and are disjoint in speakers (`client_id`).
"""

from collections.abc import Iterator
from functools import partial
from math import inf
from pathlib import PurePosixPath

from plion.data.corpora.corpus import Corpus, Entry, Part
from plion.data.corpora.lines import broken, fields
from plion.data.corpora.tree import Tree
from plion.data.unpacking.packed import named
from plion.errors import InputError

KEYS = {"zh-CN": "commonvoice_zh", "ta": "commonvoice_ta"}
PARTS: dict[str, Part] = {"train": "train", "dev": "valid", "test": "test"}

Row = dict[str, str]


def read(tree: Tree, locale: str) -> Iterator[Entry]:
    """The clips of train, dev and test in one language; folders of other languages are ignored.

    Raises InputError if the only folders there are those of other languages, for a table that
    lacks a column, and for a line with a field too many or too few or of another language.
    """
    folders = [str(PurePosixPath(path).parent) for path in tree.glob("validated.tsv")]
    locales = {folder: _locale(tree, folder) for folder in folders}
    if locale not in locales.values():
        found = "; ".join(f"{folder} is of {_called(it)}" for folder, it in locales.items())
        raise InputError(f"Common Voice of {_called(locale)} is not there: {found}")
    for folder in folders:
        if locales[folder] == locale:
            yield from _entries(tree, folder, locale)


def _entries(tree: Tree, folder: str, locale: str) -> Iterator[Entry]:
    named = {part: f"{folder}/{name}.tsv" for name, part in PARTS.items()}
    there = {part: path for part, path in named.items() if tree.path(path)}
    clips = {row["path"] for path in there.values() for _, row in _rows(tree, path)}
    durations = _durations(tree, folder, clips)
    for part, path in there.items():
        for number, row in _rows(tree, path):
            if row["locale"] != locale:
                what = f"expected the locale '{locale}', found '{row['locale']}'"
                raise broken(path, number, what)
            yield Entry(
                id=PurePosixPath(row["path"]).stem,
                audio=f"{folder}/clips/{row['path']}",
                text=row["sentence"],
                part=part,
                speaker=row["client_id"] or None,
                sentence=row["sentence_id"] or None,
                duration=durations.get(row["path"]) or None,  # zero is no duration
            )


def _durations(tree: Tree, folder: str, clips: set[str]) -> dict[str, float]:
    """Seconds of these clips; the table, if there is one, lists all that were ever recorded."""
    path = f"{folder}/clip_durations.tsv"
    durations: dict[str, float] = {}
    if tree.path(path):
        for number, row in _table(tree, path, ("clip", "duration[ms]")):
            if row["clip"] in clips:
                durations[row["clip"]] = _seconds(path, number, row["duration[ms]"])
    return durations


def _seconds(path: str, number: int, milliseconds: str) -> float:
    try:
        seconds = float(milliseconds) / 1000
    except ValueError:
        seconds = inf
    if not 0 <= seconds < inf:
        raise broken(path, number, f"expected milliseconds, found '{milliseconds}'")
    return seconds


def _rows(tree: Tree, path: str) -> Iterator[tuple[int, Row]]:
    columns = ("client_id", "path", "sentence_id", "sentence", "locale")
    return _table(tree, path, columns)


def _table(tree: Tree, path: str, columns: tuple[str, ...]) -> Iterator[tuple[int, Row]]:
    """The numbered rows below a header that has at least these columns."""
    lines = fields(tree, path)
    _, header = next(lines, (1, [""]))
    if lacking := [column for column in columns if column not in header]:
        raise broken(path, 1, f"no column {', '.join(lacking)}; found {', '.join(header)}")
    for number, row in lines:
        if len(row) != len(header):
            what = f"expected the {len(header)} fields of the header, found {len(row)}"
            raise broken(path, number, what)
        yield number, dict(zip(header, row, strict=True))


def _locale(tree: Tree, folder: str) -> str:
    """The language of a folder by the first of its validated clips; empty without any."""
    row = next(_table(tree, f"{folder}/validated.tsv", ("locale",)), None)
    return row[1]["locale"] if row else ""


def _called(locale: str) -> str:
    return f"'{locale}' ({KEYS[locale]})" if locale in KEYS else f"'{locale}'"


def _corpus(locale: str, language: str) -> Corpus:
    return Corpus(
        key=KEYS[locale],
        language=language,
        looks_for=("validated.tsv", "train.tsv"),
        read=partial(read, locale=locale),
        whole=named(rf"cv-corpus-(?!.*delta).*-{locale}|mcv-scripted-{locale}-.*"),
        parts=tuple(PARTS.values()),
        takes_all=False,
    )


ZH = _corpus("zh-CN", "zh")
TA = _corpus("ta", "ta")
