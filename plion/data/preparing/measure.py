"""The first pass over a corpus: every utterance is measured, and the good ones are written down.

Rows go to a file as they come, and those that are left out to another; what is kept in memory is a
few numbers an utterance.
"""

import json
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from tqdm import tqdm

from plion.data.audio.decoding import Audio, open_audio
from plion.data.corpora.corpus import Corpus, Entry, Omitted
from plion.data.corpora.tree import Tree
from plion.data.preparing.doubles import doubles
from plion.data.preparing.rows import Rows
from plion.errors import InputError, printable
from plion.system.files import disk_full
from plion.text.languages import language
from plion.text.tags import report_tags, untagged

NO_AUDIO = "without audio"
EMPTY = "with audio of 0 bytes"
NOT_OPENED = "with audio that cannot be opened"
NOT_WHOLE = "with audio that is not all there"
NO_LENGTH = "of 0 seconds"
ABSURD = "said to last more than a day"
TOO_LONG = "longer than {:g} seconds"
NO_TEXT = "without text"
OTHER = "whose text's tag names another language"

_DAY = 24 * 3600.0  # seconds
_THREADS = 4
_CHUNK = 256  # utterances a task: the threads share one interpreter
_AHEAD = 8  # tasks
_HEARD = 30.0  # seconds of a file of several channels, to tell whether they cancel


@dataclass(frozen=True)
class _Measured:
    entry: Entry
    path: Path | None
    seconds: float = 0.0
    trouble: str = ""  # why it cannot be opened
    empty: bool = False
    fault: str = ""  # why it is not all there
    cancels: bool = False


def measure(
    corpus: Corpus, tree: Tree, folder: Path, path: Path, *, max_seconds: float | None
) -> Rows:
    """Measures the utterances of a corpus and writes their rows, for `folder`, DIR/KEY, to `path`.

    `audio` in a row is relative to DIR/KEY for what lies below DIR, else absolute. Utterances
    without audio, length or text, those longer than `max_seconds`, those whose id was there before
    with the same recording, and what the reader leaves out, are left out, counted and named. Raises
    InputError for two recordings of one id, and for a row that UTF-8 cannot write down.
    """
    rows = Rows(path)
    home = os.path.abspath(folder)
    limit = _DAY if max_seconds is None else max_seconds
    total = tree.audio_files if corpus.takes_all and tree.audio_files else None
    bar = tqdm(total=total, unit="utt", desc=corpus.key)
    with bar, disk_full(folder), rows.left.open("w", encoding="utf-8") as left:
        with path.open("w", encoding="utf-8") as file:
            for one in _measured(tree, _untagged(corpus, tree)):
                omitted = one if isinstance(one, Omitted) else _met(rows, one, limit)
                bar.update(not isinstance(one, Omitted))
                if omitted:
                    _leave_out(rows, left, tree, omitted)
                elif isinstance(one, _Measured):
                    row = _row(one, home, corpus.language)
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
                    rows.keep(one.entry, one.seconds)
                    if one.cancels:
                        rows.note_cancelling(_which(one))
        for double in doubles(rows, home):
            _leave_out(rows, left, tree, double)
    return rows


def _untagged(corpus: Corpus, tree: Tree) -> Iterator[Entry | Omitted]:
    """What the reader yields, without the tags of the official recipe; it is said if there were."""
    tags = 0
    for one in corpus.read(tree):
        tag, text = untagged(one.text) if isinstance(one, Entry) else (None, "")
        if tag is None or isinstance(one, Omitted):
            yield one
            continue
        tags += 1
        same = tag.casefold() in ("none", language(corpus.language).name.casefold())
        other = Omitted(OTHER, f"{one.id} ({tag})", part=one.part)
        yield replace(one, text=text) if same else other
    if tags:
        report_tags(str(tree.source), tags)


def _met(rows: Rows, one: _Measured, limit: float) -> Omitted | None:
    """Counts an utterance; as one that is left out, if it is to be."""
    rows.listed += 1
    rows.heard += one.path is not None
    if one.entry.part:
        rows.named.add(one.entry.part)
    reason, which = _objection(one, limit)
    return Omitted(reason, which) if reason else None


def _leave_out(rows: Rows, left: TextIO, tree: Tree, one: Omitted) -> None:
    """Counts and names what is left out; files by their paths below the source."""
    rows.listed += one.count if one.broken else 0
    if one.part:
        rows.named.add(one.part)
    which = one.which.removeprefix(f"{tree.name}/")
    rows.leave_out(one.reason, which, one.count)
    which = printable(which).replace("\t", "\\t").replace("\n", "\\n")
    left.write(f"{one.reason}\t{one.count}\t{which}\n")


def _measured(tree: Tree, read: Iterable[Entry | Omitted]) -> Iterator[_Measured | Omitted]:
    """The utterances with path and length, in order, some threads ahead of what is asked for."""
    waiting = iter(read)
    running: deque[Future[list[_Measured | Omitted]]] = deque()
    with ThreadPoolExecutor(_THREADS) as pool:
        while chunk := list(islice(waiting, _CHUNK)):
            running.append(pool.submit(lambda some: [_measure(tree, one) for one in some], chunk))
            if len(running) > _AHEAD:
                yield from running.popleft().result()
        while running:
            yield from running.popleft().result()


def _measure(tree: Tree, entry: Entry | Omitted) -> _Measured | Omitted:
    """Reads headers alone, and only where the publisher states no duration.

    Of several channels half a minute is decoded.
    """
    if isinstance(entry, Omitted):
        return entry
    path = tree.path(entry.audio)
    if entry.file and entry.file.is_file():
        path = entry.file
    _refuse_unwritable(entry, path)
    if path is None:
        return _Measured(entry, None)
    if _is_empty(path):
        return _Measured(entry, path, empty=True)
    if entry.duration is not None:
        return _Measured(entry, path, round(entry.duration, 6))
    try:
        with open_audio(path) as audio:
            seconds, fault = round(audio.seconds, 6), audio.fault or ""
            return _Measured(entry, path, seconds, fault=fault, cancels=_cancels(audio))
    except InputError as error:
        return _Measured(entry, path, trouble=str(error).removeprefix(printable(f"audio {path} ")))


def _cancels(audio: Audio) -> bool:
    if audio.channels > 1 and not audio.fault:
        next(audio.blocks(0.0, _HEARD), None)
    return audio.cancels


def _is_empty(path: Path) -> bool:
    try:
        return os.path.getsize(path) == 0
    except OSError:
        return False  # which is told when it is opened


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
    if one.path is None:
        return NO_AUDIO, _which(one)
    if one.empty:
        return EMPTY, _which(one)
    if one.trouble:
        return NOT_OPENED, _which(one, one.trouble)
    if one.fault:
        return NOT_WHOLE, _which(one, one.fault)
    if not one.seconds > 0:
        return NO_LENGTH, one.entry.id
    if one.seconds > _DAY:
        return ABSURD, _which(one)
    if one.seconds > limit:
        return TOO_LONG.format(limit), one.entry.id
    return ("" if one.entry.text.strip() else NO_TEXT), one.entry.id


def _which(one: _Measured, why: str = "") -> str:
    """An utterance by its id and its audio's path below the source, whatever that is called."""
    return f"{one.entry.id} ({' '.join([one.entry.audio.partition('/')[2], why]).rstrip()})"


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
