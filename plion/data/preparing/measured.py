"""Measure the audio of utterances: length, faults, and the reason to leave one out."""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from plion.data.audio.audio_file import Audio
from plion.data.audio.decoding import open_audio
from plion.data.corpora.corpus import Entry, Omitted
from plion.data.corpora.tree import Tree
from plion.errors import InputError, printable

NO_AUDIO = "without audio"
EMPTY = "with audio of 0 bytes"
NOT_OPENED = "with audio that cannot be opened"
NOT_WHOLE = "with incomplete audio"
NO_LENGTH = "of 0 seconds"
ABSURD = "longer than a day"
TOO_LONG = "longer than {:g} seconds"
NO_TEXT = "without text"

DAY = 24 * 3600.0  # seconds
_THREADS = 4
_CHUNK = 256  # utterances per task: large, since the threads share one interpreter
_AHEAD = 8  # tasks
_HEARD = 30.0  # seconds decoded of a file with several channels, to find whether they cancel


@dataclass(frozen=True)
class Measured:
    """An utterance with what its audio file says; `path` is None without audio."""

    entry: Entry
    path: Path | None
    seconds: float = 0.0
    trouble: str = ""  # why it cannot be opened
    empty: bool = False
    fault: str = ""  # why it is incomplete
    cancels: bool = False


def measured(tree: Tree, read: Iterable[Entry | Omitted]) -> Iterator[Measured | Omitted]:
    """Measure utterances in threads, some ahead of the consumer; yields them in order."""
    waiting = iter(read)
    running: deque[Future[list[Measured | Omitted]]] = deque()
    with ThreadPoolExecutor(_THREADS) as pool:
        while chunk := list(islice(waiting, _CHUNK)):
            running.append(pool.submit(lambda some: [_measure(tree, one) for one in some], chunk))
            if len(running) > _AHEAD:
                yield from running.popleft().result()
        while running:
            yield from running.popleft().result()


def _measure(tree: Tree, entry: Entry | Omitted) -> Measured | Omitted:
    """Measure one utterance. Reads its header only, and only if the publisher gives no duration.

    Decodes half a minute of a file with several channels.
    """
    if isinstance(entry, Omitted):
        return entry
    path = tree.path(entry.audio)
    if entry.file and entry.file.is_file():
        path = entry.file
    _refuse_unwritable(entry, path)
    if path is None:
        return Measured(entry, None)
    if _is_empty(path):
        return Measured(entry, path, empty=True)
    if entry.duration is not None:
        return Measured(entry, path, round(entry.duration, 6))
    try:
        with open_audio(path) as audio:
            seconds, fault = round(audio.seconds, 6), audio.fault or ""
            return Measured(entry, path, seconds, fault=fault, cancels=_cancels(audio))
    except InputError as error:
        return Measured(entry, path, trouble=str(error).removeprefix(printable(f"audio {path} ")))


def _cancels(audio: Audio) -> bool:
    if audio.channels > 1 and not audio.fault:
        next(audio.blocks(0.0, _HEARD), None)
    return audio.cancels


def _is_empty(path: Path) -> bool:
    try:
        return os.path.getsize(path) == 0
    except OSError:
        return False  # opening it gives the error


def _refuse_unwritable(entry: Entry, path: Path | None) -> None:
    """Raise InputError for names that are not UTF-8 and for lone surrogates in texts."""
    try:
        for value in (*vars(entry).values(), str(path)):
            if isinstance(value, str):
                value.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"utterance {entry.id!a} ({str(path or entry.audio)!a}): {error.object!a} is not "
            "Unicode text; give files and folders names in UTF-8"
        ) from error


def objection(one: Measured, limit: float) -> tuple[str, str]:
    """The reason to leave an utterance out (empty to keep it), and its description."""
    if one.path is None:
        return NO_AUDIO, described(one)
    if one.empty:
        return EMPTY, described(one)
    if one.trouble:
        return NOT_OPENED, described(one, one.trouble)
    if one.fault:
        return NOT_WHOLE, described(one, one.fault)
    if not one.seconds > 0:
        return NO_LENGTH, one.entry.id
    if one.seconds > DAY:
        return ABSURD, described(one)
    if one.seconds > limit:
        return TOO_LONG.format(limit), one.entry.id
    return ("" if one.entry.text.strip() else NO_TEXT), one.entry.id


def described(one: Measured, why: str = "") -> str:
    """An utterance's id, its audio path below the source, and `why`."""
    return f"{one.entry.id} ({' '.join([one.entry.audio.partition('/')[2], why]).rstrip()})"
