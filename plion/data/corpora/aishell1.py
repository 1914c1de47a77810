"""AISHELL-1 (OpenSLR 33): one transcript file, and a folder or nested archive of WAVs per speaker.

    data_aishell/transcript/aishell_transcript_v0.8.txt
    data_aishell/wav/{train,dev,test}/S0002/BAC009S0002W0122.wav

A transcript line is `BAC009S0002W0122 而 对 楼市`: an id, then words separated by spaces. 325 of
the 141,925 WAVs have no line.
"""

import re
from collections.abc import Iterator
from functools import partial
from itertools import groupby
from pathlib import PurePosixPath

from plion.data.corpora.corpus import Corpus, Entry, Omitted, Part
from plion.data.corpora.lines import broken, each, rows
from plion.data.corpora.packed import named
from plion.data.corpora.tree import Tree

TRANSCRIPT = "aishell_transcript_v0.8.txt"
PARTS: dict[str, Part] = {"train": "train", "dev": "valid", "test": "test"}

_BEGIN = re.compile(r"[A-Z]{3}\d{3}S")
_UTTERANCE = re.compile(r"[A-Z]{3}\d{3}(?P<speaker>S\d{4})W\d{4}")
_FULL_WIDTH = {ord(letter) + 0xFEE0: letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_FULL_WIDTH |= {wide + 0x20: letter.lower() for wide, letter in _FULL_WIDTH.items()}


def read_aishell1(tree: Tree) -> Iterator[Entry | Omitted]:
    """The utterances of the transcript, in the part whose folder has the speaker's WAVs.

    `text` has no spaces and ASCII for full-width letters; `text_alt` is the text as published. The
    part is None for a speaker without any WAV.
    """
    for path in tree.glob(TRANSCRIPT):
        waves = PurePosixPath(path).parent.parent / "wav"
        cut: list[Omitted] = []
        for speaker, group in groupby(_whole(tree, path, cut), key=_speaker):
            lines = list(group)
            folder = _folder(tree, waves, speaker, [line.split(maxsplit=1)[0] for _, line in lines])
            yield from each(lines, partial(_entry, path=path, waves=waves, folder=folder))
        yield from cut


def _whole(tree: Tree, path: str, cut: list[Omitted]) -> Iterator[tuple[int, str]]:
    """The numbered rows; rows cut by a line break are appended to `cut` instead."""
    for row in rows(tree, path, _BEGIN.match):
        if isinstance(row, Omitted):
            cut.append(row)
        else:
            yield row


def _speaker(row: tuple[int, str]) -> str:
    match = _UTTERANCE.match(row[1])
    return match["speaker"] if match else ""


def _folder(tree: Tree, waves: PurePosixPath, speaker: str, names: list[str]) -> str | None:
    """The part folder that has the first existing WAV of a speaker; None if no WAV exists."""
    there = (
        folder
        for name in names
        for folder in PARTS
        if tree.path(f"{waves}/{folder}/{speaker}/{name}.wav")
    )
    return next(there, None)


def _entry(number: int, line: str, *, path: str, waves: PurePosixPath, folder: str | None) -> Entry:
    name, *text = line.split(maxsplit=1)
    match = _UTTERANCE.fullmatch(name)
    if match is None:
        raise broken(path, number, f"'{name}' is not an utterance id such as BAC009S0002W0122")
    if not text:
        raise broken(path, number, f"no text after {name}")
    written, speaker = text[0].strip(), match["speaker"]
    return Entry(
        id=name,
        audio=f"{waves}/{folder or 'train'}/{speaker}/{name}.wav",
        text="".join(written.translate(_FULL_WIDTH).split()),
        part=PARTS[folder] if folder else None,
        speaker=speaker,
        text_alt=written,
    )


CORPUS = Corpus(
    key="aishell1",
    language="zh",
    looks_for=(TRANSCRIPT,),
    read=read_aishell1,
    pieces=named(r"S\d{4}"),
    whole=named("data_aishell"),
    parts=tuple(PARTS.values()),
)
