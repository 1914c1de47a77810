"""SLR127, the IISc-MILE Tamil corpus (OpenSLR 127): a text file per WAV, no valid split.

    mile_tamil_asr_corpus/{train,test}/trans_files/MILE_0000001_0000001.txt
    mile_tamil_asr_corpus/{train,test}/audio_files/MILE_0000001_0000001.wav

A speaker is prefix and number: the three prefixes (MILE, ISTL, MICI) use the same numbers for
different speakers.
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath

from plion.data.corpora.corpus import Corpus, Entry, Omitted, Part
from plion.data.corpora.lines import Broken, each
from plion.data.corpora.packed import named
from plion.data.corpora.tree import Tree

PARTS: tuple[Part, ...] = ("train", "test")

_UTTERANCE = re.compile(r"(?P<speaker>(?:MILE|ISTL|MICI)_\d+)_\d+")


def read_slr127(tree: Tree) -> Iterator[Entry | Omitted]:
    """The utterances of the text files; several lines are joined by spaces."""
    for part in PARTS:
        paths = tree.glob(f"{part}/trans_files/*.txt")
        yield from each(((path,) for path in paths), partial(_entry, tree, part))


def _entry(tree: Tree, part: Part, path: str) -> Entry:
    stem = PurePosixPath(path).stem
    match = _UTTERANCE.fullmatch(stem)
    if match is None:
        raise Broken(f"{path}: '{stem}' is not a name such as MILE_0000001_0000001")
    return Entry(
        id=stem,
        audio=str(PurePosixPath(path).parent.parent / "audio_files" / f"{stem}.wav"),
        text=" ".join(line.strip() for _, line in tree.lines(path) if line.strip()),
        part=part,
        speaker=match["speaker"],
    )


CORPUS = Corpus(
    key="slr127",
    language="ta",
    looks_for=tuple(f"{part}/trans_files/*.txt" for part in PARTS),
    read=read_slr127,
    whole=named("mile_tamil_asr_corpus"),
    parts=PARTS,
)
