"""AISHELL-1 (OpenSLR 33): one transcript for all, a folder (or nested archive) of waves a speaker.

    data_aishell/transcript/aishell_transcript_v0.8.txt
    data_aishell/wav/{train,dev,test}/S0002/BAC009S0002W0122.wav

A transcript line is `BAC009S0002W0122 而 对 楼市`: an id, then words with spaces between them.
325 of the 141,925 waves have no line.
"""

import re
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import PurePosixPath

from plion.data.corpora.corpus import Corpus, Entry, Part
from plion.data.corpora.lines import broken
from plion.data.corpora.tree import Tree
from plion.data.unpacking.packed import named

TRANSCRIPT = "aishell_transcript_v0.8.txt"
PARTS: dict[str, Part] = {"train": "train", "dev": "valid", "test": "test"}

_UTTERANCE = re.compile(r"[A-Z]{3}\d{3}(?P<speaker>S\d{4})W\d{4}")
_FULL_WIDTH = {ord(letter) + 0xFEE0: letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_FULL_WIDTH |= {wide + 0x20: letter.lower() for wide, letter in _FULL_WIDTH.items()}


def read(tree: Tree) -> Iterator[Entry]:
    """The utterances of the transcript, each in the part where its speaker's waves lie.

    `text` is without the spaces and with ASCII for full-width letters, `text_alt` as published.
    Of a speaker without any wave the part is unknown (None).
    """
    for path in tree.glob(TRANSCRIPT):
        waves = PurePosixPath(path).parent.parent / "wav"
        for speaker, lines in groupby(_lines(tree, path), key=itemgetter(0)):
            yield from _speaker(tree, waves, speaker, [line[1:] for line in lines])


def _lines(tree: Tree, path: str) -> Iterator[tuple[str, str, str]]:
    """Speaker, utterance id and published text of every line."""
    for number, line in tree.lines(path):
        if not line.strip():
            continue
        name, *text = line.split(maxsplit=1)
        match = _UTTERANCE.fullmatch(name)
        if match is None:
            raise broken(path, number, f"'{name}' is no utterance id such as BAC009S0002W0122")
        if not text:
            raise broken(path, number, f"no text after {name}")
        yield match["speaker"], name, text[0].strip()


def _speaker(
    tree: Tree, waves: PurePosixPath, speaker: str, lines: list[tuple[str, str]]
) -> Iterator[Entry]:
    places = {folder: f"{waves}/{folder}/{speaker}" for folder in PARTS}
    there = (it for name, _ in lines for it in places if tree.path(f"{places[it]}/{name}.wav"))
    folder = next(there, None)
    for name, text in lines:
        yield Entry(
            id=name,
            audio=f"{places[folder or 'train']}/{name}.wav",
            text="".join(text.translate(_FULL_WIDTH).split()),
            part=PARTS[folder] if folder else None,
            speaker=speaker,
            text_alt=text,
        )


CORPUS = Corpus(
    key="aishell1",
    language="zh",
    looks_for=(TRANSCRIPT,),
    read=read,
    pieces=named(r"S\d{4}"),
    whole=named("data_aishell"),
    parts=tuple(PARTS.values()),
)
