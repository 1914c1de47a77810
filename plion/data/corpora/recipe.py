"""Manifests of Qwen3-ASR's official recipe: JSON lines with only `audio` and `text`.

    train.jsonl: {"audio": "/data/wavs/a.wav", "text": "language English<asr_text>Two rivers."}

The path is absolute, or relative to the manifest. The language tag is removed when the corpus is
measured, as for every corpus.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from plion.data.corpora.corpus import Corpus, Entry, Omitted, Part
from plion.data.corpora.hub import part_of
from plion.data.corpora.lines import broken, each
from plion.data.corpora.tree import Tree
from plion.errors import InputError
from plion.system.documents import parse_json

MANIFESTS = "*.jsonl"


def serving(own: Corpus, tree: Tree) -> Corpus | None:
    """The corpus `own` read from such manifests; None if no file has such a first row."""
    if not any(_is_manifest(tree, path) for path in tree.glob(MANIFESTS)):
        return None
    return replace(own, looks_for=(MANIFESTS,), read=read_recipe, parts=(), takes_all=False)


def read_recipe(tree: Tree) -> Iterator[Entry | Omitted]:
    """The utterances of every manifest; its name or folder gives the part.

    Ids are made from the paths of the recordings.
    """
    for path in tree.glob(MANIFESTS):
        if _is_manifest(tree, path):
            lines = ((number, line) for number, line in tree.lines(path) if line.strip())
            part = _part(path)
            for row in each(lines, partial(_entry, tree=tree, path=path, part=part)):
                yield replace(row, part=part) if isinstance(row, Omitted) else row


def _part(path: str) -> Part | None:
    table = PurePosixPath(path)
    return "valid" if table.stem == "eval" else part_of(table)


def _is_manifest(tree: Tree, path: str) -> bool:
    """Whether the first row is that of a manifest: data sets contain other JSON lines too."""
    first = next((line for _, line in tree.lines(path) if line.strip()), "")
    return _row(first) is not None


def _row(line: str) -> dict[str, Any] | None:
    try:
        row = parse_json(line, "")
    except InputError:
        return None
    fields = (row.get(name) for name in ("audio", "text"))
    return dict(row) if all(isinstance(field, str) and field for field in fields) else None


def _entry(number: int, line: str, *, tree: Tree, path: str, part: Part | None) -> Entry:
    row = _row(line)
    if row is None:
        raise broken(path, number, "expected an object with text fields audio and text")
    place = tree.path(path)
    home = os.path.dirname(os.path.abspath(place)) if place else ""
    audio = PurePosixPath(os.path.normpath(os.path.join(home, row["audio"])))
    below = _below(tree, audio)
    return Entry(
        id="-".join((below or audio).with_suffix("").parts[1:]),
        audio=str(below or audio),
        text=row["text"],
        part=part,
        file=None if below else Path(audio),
    )


def _below(tree: Tree, audio: PurePosixPath) -> PurePosixPath | None:
    """The path within the tree of a recording below the source; None if it is outside."""
    for root in map(os.path.abspath, tree.roots):
        if audio.is_relative_to(root):
            return PurePosixPath(tree.name) / audio.relative_to(root)
    return None
