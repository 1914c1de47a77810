"""The first pass over a corpus: every utterance is measured, and the good ones are written down.

Rows go to a file as they come; what is kept in memory is a few numbers an utterance.
"""

import json
import os
from array import array
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from plion.data.corpora.corpus import Corpus, Entry, Part
from plion.data.corpora.published import PARTS
from plion.data.corpora.tree import Tree
from plion.data.decoding import open_audio, stated_seconds
from plion.data.preparing.splits import NONE, group_hash
from plion.errors import InputError, printable
from plion.runs import disk_full

NO_AUDIO = "without audio"
NOT_OPENED = "with audio that cannot be opened"
NO_LENGTH = "of 0 seconds"
ABSURD = "said to last more than a day"
TOO_LONG = "longer than {:g} seconds"
NO_TEXT = "without text"

_DAY = 24 * 3600.0  # seconds
_THREADS = 4
_CHUNK = 256  # utterances a task: the threads share one interpreter
_AHEAD = 8  # tasks


@dataclass
class LeftOut:
    """How many utterances are left out for a reason, and the first of them.

    `first` names a recording by its path below the source.
    """

    count: int
    first: str


@dataclass
class Rows:
    """The utterances that are kept, one manifest row a line of `path` in the reader's order.

    A number each: `parts` (the publisher's split, NONE where there is none), `seconds`, and as
    `group_hash` the `ids`, the `speakers` (0 where unknown) and the `groups` that a split by
    utterance keeps together (the sentence where it is known, else the id). `left_out` is by
    reason; `heard` counts the utterances whose audio is there, kept or not, `listed` all, and
    `named` has the parts of these.
    """

    path: Path
    parts: "array[int]" = field(default_factory=lambda: array("b"))
    seconds: "array[float]" = field(default_factory=lambda: array("d"))
    ids: "array[int]" = field(default_factory=lambda: array("Q"))
    speakers: "array[int]" = field(default_factory=lambda: array("Q"))
    groups: "array[int]" = field(default_factory=lambda: array("Q"))
    left_out: dict[str, LeftOut] = field(default_factory=dict)
    named: set[Part] = field(default_factory=set)
    listed: int = 0
    heard: int = 0

    def __len__(self) -> int:
        return len(self.parts)

    def column(self, name: str) -> NDArray[Any]:
        """The numbers of that name, shape (utterances,), not copied."""
        values = getattr(self, name)
        return np.frombuffer(values, dtype=values.typecode)

    def lines(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            yield from file

    def leave_out(self, reason: str, which: str) -> None:
        self.left_out.setdefault(reason, LeftOut(0, which)).count += 1

    def keep(self, entry: Entry, seconds: float) -> None:
        self.parts.append(NONE if entry.part is None else PARTS.index(entry.part))
        self.seconds.append(seconds)
        self.ids.append(group_hash(entry.id))
        self.speakers.append(group_hash(entry.speaker) if entry.speaker else 0)
        self.groups.append(group_hash(entry.sentence or entry.id))


@dataclass(frozen=True)
class _Measured:
    entry: Entry
    path: Path | None
    seconds: float = 0.0
    trouble: str = ""


def measure(
    corpus: Corpus, tree: Tree, folder: Path, path: Path, max_seconds: float | None
) -> Rows:
    """Measures the utterances of a corpus and writes their rows, for `folder`, DIR/KEY, to `path`.

    `audio` in a row is relative to DIR/KEY for what lies below DIR, else absolute. Utterances
    without audio, length or text, and those longer than `max_seconds`, are left out and counted.
    Raises InputError for two utterances of one id, and for one that UTF-8 cannot write down.
    """
    rows = Rows(path)
    home = os.path.abspath(folder)
    limit = _DAY if max_seconds is None else max_seconds
    total = tree.audio_files if corpus.takes_all and tree.audio_files else None
    bar = tqdm(total=total, unit="utt", desc=corpus.key)
    with bar, disk_full(folder), path.open("w", encoding="utf-8") as file:
        for one in _measured(tree, corpus.read(tree)):
            bar.update()
            rows.listed += 1
            rows.heard += one.path is not None
            if one.entry.part:
                rows.named.add(one.entry.part)
            reason, which = _objection(one, limit)
            if reason:
                rows.leave_out(reason, which)
            else:
                row = _row(one, home, corpus.language)
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                rows.keep(one.entry, one.seconds)
    _refuse_doubles(rows, home)
    return rows


def _measured(tree: Tree, entries: Iterable[Entry]) -> Iterator[_Measured]:
    """The utterances with path and length, in order, some threads ahead of what is asked for."""
    waiting = iter(entries)
    running: deque[Future[list[_Measured]]] = deque()
    with ThreadPoolExecutor(_THREADS) as pool:
        while chunk := list(islice(waiting, _CHUNK)):
            running.append(pool.submit(lambda some: [_measure(tree, one) for one in some], chunk))
            if len(running) > _AHEAD:
                yield from running.popleft().result()
        while running:
            yield from running.popleft().result()


def _measure(tree: Tree, entry: Entry) -> _Measured:
    """Reads the header alone, and only where the publisher states no duration."""
    path = tree.path(entry.audio)
    _refuse_unwritable(entry, path)
    if path is None:
        return _Measured(entry, None)
    if entry.duration is not None:
        return _Measured(entry, path, round(entry.duration, 6))
    try:
        with open_audio(path) as audio:
            return _Measured(entry, path, round(stated_seconds(audio), 6))
    except InputError as error:
        return _Measured(entry, path, trouble=str(error).removeprefix(printable(f"audio {path} ")))


def _refuse_unwritable(entry: Entry, path: Path | None) -> None:
    """InputError for what a manifest cannot hold: names of other encodings, half characters."""
    try:
        for value in (*vars(entry).values(), str(path)):
            if isinstance(value, str):
                value.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"utterance {entry.id!a} ({str(path or entry.audio)!a}): {error.object!a} is not "
            "Unicode text; give files and folders names in UTF-8"
        ) from error


def _objection(one: _Measured, limit: float) -> tuple[str, str]:
    """Why an utterance is left out, and which it is; the reason is empty for one that is kept."""
    audio = one.entry.audio.partition("/")[2]  # below the source, whatever that is called
    if one.path is None:
        return NO_AUDIO, f"{one.entry.id} ({audio})"
    if one.trouble:
        return NOT_OPENED, f"{one.entry.id} ({audio} {one.trouble})"
    if not one.seconds > 0:
        return NO_LENGTH, one.entry.id
    if one.seconds > _DAY:
        return ABSURD, f"{one.entry.id} ({audio})"
    if one.seconds > limit:
        return TOO_LONG.format(limit), one.entry.id
    return ("" if one.entry.text.strip() else NO_TEXT), one.entry.id


def _row(one: _Measured, folder: str, language: str) -> dict[str, Any]:
    """The manifest's row of an utterance in DIR/KEY, which is `folder`."""
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


def _refuse_doubles(rows: Rows, folder: str) -> None:
    """Looks at the ids themselves only where two hashes are the same."""
    hashes, counts = np.unique(rows.column("ids"), return_counts=True)
    suspects = set(hashes[counts > 1].tolist())
    if not suspects:
        return
    audio: dict[str, str] = {}
    for hashed, line in zip(rows.ids, rows.lines(), strict=True):
        if hashed in suspects:
            row = json.loads(line)
            name, path = row["id"], os.path.normpath(os.path.join(folder, row["audio"]))
            if audio.get(name) == path:
                raise InputError(f"utterance '{name}' of {row['dataset']} is listed twice: {path}")
            if name in audio:
                raise InputError(
                    f"two utterances of {row['dataset']} have the id '{name}': "
                    f"{audio[name]} and {path}; does the source hold a corpus twice?"
                )
            audio[name] = path
