"""Decode all audio that manifests name, and list what is wrong with it: `plion data check`."""

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path

from tqdm import tqdm

from plion.data.audio.decoding import TOLERANCE
from plion.data.checking.examine import Examined, examine
from plion.data.manifest import Manifest, Utterance, read_manifests
from plion.errors import InputError
from plion.text.languages import Languages
from plion.text.shipped import SHIPPED

_PROCESSES = 2
_FILES = 32  # sent to a process at a time
_WAITING = 8  # lots of files in progress, so that a million rows are not read ahead


@dataclass(frozen=True)
class Problem:
    """An utterance whose audio is wrong or unusual, and why."""

    manifest: Path
    id: str
    audio: str
    reason: str

    def __str__(self) -> str:
        return f"{self.manifest}: {self.id}: {self.audio} {self.reason}"


@dataclass(frozen=True)
class Check:
    """The result of checking: problems, the number of utterances, and notices.

    notices: audio that is unusual but usable.
    """

    problems: tuple[Problem, ...]
    utterances: int
    notices: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class _File:
    """Consecutive utterances of a manifest that lie in one audio file."""

    manifest: Path
    audio: str
    utterances: Sequence[Utterance]


def check_audio(manifests: Sequence[Path], languages: Languages = SHIPPED) -> Check:
    """Decode every audio file of the manifests in two processes, with a progress bar on stderr.

    Raises InputError for a manifest that cannot be read or has no utterance.
    """
    loaded = read_manifests(manifests, languages)
    total = sum(len(manifest) for manifest in loaded)
    problems: list[Problem] = []
    notices: list[Problem] = []
    with tqdm(total=total, desc="decoding", unit=" utterances", leave=False) as bar:
        for file, examined in _examined(_files(loaded)):
            problems += _problems(file, examined)
            notices += _notices(file, examined)
            bar.update(len(file.utterances))
    return Check(tuple(problems), total, tuple(notices))


def render_check(checked: Check) -> str:
    """One line per notice, then one per problem, in the manifests' order, and a summary line."""
    wrong = len(checked.problems)
    verdict = f"{wrong:,} of {checked.utterances:,} utterances have wrong audio"
    if not wrong:
        verdict = f"{checked.utterances:,} utterances: all audio exists and can be decoded"
    notices = (f"notice: {notice}" for notice in checked.notices)
    return "\n".join([*notices, *map(str, checked.problems), verdict])


def _problems(file: _File, examined: Examined) -> Iterator[Problem]:
    for utterance in file.utterances:
        alone = len(file.utterances) == 1
        reason = examined.fault or _wrong_length(utterance, examined.seconds, alone=alone)
        if reason:
            yield Problem(file.manifest, utterance.id, file.audio, reason)


def _notices(file: _File, examined: Examined) -> Iterator[Problem]:
    if examined.notice:
        first, more = file.utterances[0], len(file.utterances) - 1
        name = f"{first.id} and {more:,} more" if more else first.id
        yield Problem(file.manifest, name, file.audio, examined.notice)


def _wrong_length(utterance: Utterance, seconds: float, *, alone: bool) -> str | None:
    end = utterance.offset + utterance.duration
    # A part of a long file ends before the file does.
    longer = alone and not utterance.offset and seconds > end + TOLERANCE
    if seconds < end - TOLERANCE or longer:
        return f"lasts {seconds:.2f} s, but the manifest says {end:.2f} s"
    return None


def _files(manifests: Iterable[Manifest]) -> Iterator[_File]:
    for manifest in manifests:
        for audio, utterances in groupby(manifest, key=lambda utterance: utterance.audio):
            yield _File(manifest.path, audio, list(utterances))


def _examined(files: Iterator[_File]) -> Iterator[tuple[_File, Examined]]:
    """Each file with its result, in order."""
    waiting: deque[tuple[list[_File], Future[list[Examined]]]] = deque()
    with ProcessPoolExecutor(_PROCESSES, initializer=_quiet) as pool:
        while True:
            if lot := list(islice(files, _FILES)):
                waiting.append((lot, pool.submit(_examine, [file.audio for file in lot])))
            if not waiting:
                return
            if not lot or len(waiting) == _WAITING:
                lot, future = waiting.popleft()
                yield from zip(lot, _result(lot, future), strict=True)


def _result(lot: Sequence[_File], future: "Future[list[Examined]]") -> list[Examined]:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise InputError(
            "a process died (out of memory, or the decoder crashed) while it decoded "
            f"{lot[0].audio} or one of the {_FILES * _PROCESSES} files after it"
        ) from error


def _examine(paths: Sequence[str]) -> list[Examined]:
    return [examine(path) for path in paths]


def _quiet() -> None:
    """Discard decoders' own messages: they name no file and break the progress bar."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
