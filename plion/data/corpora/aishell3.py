"""AISHELL-3 (OpenSLR 93): alternating characters and pinyin, no valid split.

    {train,test}/content.txt
    {train,test}/wav/SSB0005/SSB00050001.wav

A line is `SSB00050001.wav<TAB>广 guang3 州 zhou1`; for erhua, one token has both characters
(`点儿 dianr3`).
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath

from plion.data.corpora.corpus import Corpus, Entry, Omitted, Part
from plion.data.corpora.lines import broken, each, rows
from plion.data.corpora.packed import named
from plion.data.corpora.tree import Tree

PARTS: tuple[Part, ...] = ("train", "test")

_WAVE = re.compile(r"(?P<id>(?P<speaker>SSB\d{4})\d+)\.wav")
_PINYIN = re.compile(r"[A-Za-z:]+[0-9]")


def read_aishell3(tree: Tree) -> Iterator[Entry | Omitted]:
    """The utterances of both parts; `text` has the characters, `text_alt` the pinyin."""
    for part in PARTS:
        for path in tree.glob(f"{part}/content.txt"):
            yield from each(rows(tree, path, _begins), partial(_entry, path, part))


def _begins(line: str) -> bool:
    return "\t" in line or _WAVE.match(line) is not None


def _entry(path: str, part: Part, number: int, line: str) -> Entry:
    cut = line.split("\t")
    if len(cut) != 2:
        raise broken(path, number, f"expected 2 fields between tabs, found {len(cut)}")
    wave, tokens = cut
    match = _WAVE.fullmatch(wave)
    if match is None:
        raise broken(path, number, f"'{wave}' is not a name such as SSB00050001.wav")
    characters, pinyin = _apart(path, number, tokens.split())
    return Entry(
        id=match["id"],
        audio=str(PurePosixPath(path).parent / "wav" / match["speaker"] / wave),
        text="".join(characters),
        part=part,
        speaker=match["speaker"],
        text_alt=" ".join(pinyin),
    )


def _apart(path: str, number: int, tokens: list[str]) -> tuple[list[str], list[str]]:
    """Characters and pinyin; raises Broken if they do not alternate."""
    characters, pinyin = tokens[::2], tokens[1::2]
    if len(characters) != len(pinyin):
        what = f"{len(tokens)} tokens: an odd number, so characters and pinyin do not alternate"
        raise broken(path, number, what)
    for character, syllable in zip(characters, pinyin, strict=True):
        if _PINYIN.fullmatch(character) or not syllable.isascii():
            what = f"'{character} {syllable}' is not a character and its pinyin"
            raise broken(path, number, what)
    return characters, pinyin


CORPUS = Corpus(
    key="aishell3",
    language="zh",
    looks_for=tuple(f"{part}/content.txt" for part in PARTS),
    read=read_aishell3,
    whole=named("data_aishell3"),
    parts=PARTS,
)
