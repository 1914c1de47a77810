"""First pass over a corpus: measure every utterance, and write the rows of the valid ones.

Rows are written to one file and utterances left out to another, so that only a few numbers per
utterance stay in memory.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from tqdm import tqdm

from plion.data.corpora.corpus import Corpus, Entry, Omitted
from plion.data.corpora.tree import Tree
from plion.data.preparing.doubles import doubles
from plion.data.preparing.measured import DAY, Measured, described, measured, objection
from plion.data.preparing.rows import Rows
from plion.errors import printable
from plion.system.files import disk_full
from plion.text.shipped import SHIPPED
from plion.text.tags import report_tags, untagged

OTHER = "whose text's tag names another language"  # a reason to leave an utterance out


def measure(
    corpus: Corpus, tree: Tree, folder: Path, path: Path, *, max_seconds: float | None
) -> Rows:
    """Measure the utterances of a corpus and write their rows to `path`.

    `folder`: DIR/KEY, where the manifests will be; `audio` in a row is relative to it for files
    below DIR, else absolute. Leaves out, counts and names utterances without audio, length or text,
    those longer than `max_seconds`, those listed twice with the same recording, and those that the
    reader leaves out. Raises InputError for two recordings with one id, and for names that are not
    valid Unicode.
    """
    rows = Rows(path)
    home = os.path.abspath(folder)
    limit = DAY if max_seconds is None else max_seconds
    total = tree.audio_files if corpus.takes_all and tree.audio_files else None
    bar = tqdm(total=total, unit="utt", desc=corpus.key)
    with bar, disk_full(folder), rows.left.open("w", encoding="utf-8") as left:
        with path.open("w", encoding="utf-8") as file:
            for one in measured(tree, _untagged(corpus, tree)):
                omitted = one if isinstance(one, Omitted) else _met(rows, one, limit)
                bar.update(not isinstance(one, Omitted))
                if omitted:
                    _leave_out(rows, left, tree, omitted)
                elif isinstance(one, Measured):
                    row = _row(one, home, corpus.language)
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
                    rows.keep(one.entry, one.seconds)
                    if one.cancels:
                        rows.note_cancelling(described(one))
        for double in doubles(rows, home):
            _leave_out(rows, left, tree, double)
    return rows


def _untagged(corpus: Corpus, tree: Tree) -> Iterator[Entry | Omitted]:
    """What the reader yields, with tags of the official recipe removed; prints a note if any."""
    tags = 0
    for one in corpus.read(tree):
        tag, text = untagged(one.text) if isinstance(one, Entry) else (None, "")
        if tag is None or isinstance(one, Omitted):
            yield one
            continue
        tags += 1
        same = tag.casefold() in ("none", SHIPPED.row(corpus.language).tag.casefold())
        other = Omitted(OTHER, f"{one.id} ({tag})", part=one.part)
        yield replace(one, text=text) if same else other
    if tags:
        report_tags(str(tree.source), tags)


def _met(rows: Rows, one: Measured, limit: float) -> Omitted | None:
    """Count an utterance; if it must be left out, return it as Omitted."""
    rows.listed += 1
    rows.heard += one.path is not None
    if one.entry.part:
        rows.named.add(one.entry.part)
    reason, which = objection(one, limit)
    return Omitted(reason, which) if reason else None


def _leave_out(rows: Rows, left: TextIO, tree: Tree, one: Omitted) -> None:
    """Count an utterance that is left out and write it down, with its path below the source."""
    rows.listed += one.count if one.broken else 0
    if one.part:
        rows.named.add(one.part)
    which = one.which.removeprefix(f"{tree.name}/")
    rows.leave_out(one.reason, which, one.count)
    which = printable(which).replace("\t", "\\t").replace("\n", "\\n")
    left.write(f"{one.reason}\t{one.count}\t{which}\n")


def _row(one: Measured, folder: str, language: str) -> dict[str, Any]:
    """The manifest row of an utterance; `folder`: DIR/KEY."""
    entry = one.entry
    audio = os.path.abspath(one.path or "")
    if audio.startswith(os.path.join(os.path.dirname(folder), "")):
        audio = os.path.relpath(audio, folder)
    row = {
        "id": entry.id,
        "audio": audio,
        "text": entry.text,
        "language": language,
        "dataset": os.path.basename(folder),
        "duration": one.seconds,
        "speaker": entry.speaker,
        "block": entry.speaker or entry.sentence,
        "sentence": entry.sentence,
        "text_alt": entry.text_alt,
    }
    return {name: value for name, value in row.items() if value is not None}
