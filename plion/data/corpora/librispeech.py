"""LibriSpeech (OpenSLR SLR12): read English books; of its seven subsets, the three of the paper.

    LibriSpeech/dev-clean/84/121123/84-121123.trans.txt
    LibriSpeech/dev-clean/84/121123/84-121123-0000.flac

A line of a transcript is the id, a space and the text, upper case and without punctuation. The
folders are speaker and chapter; no speaker is in two subsets.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from plion.data.corpora.corpus import Corpus, Entry, Part
from plion.data.corpora.lines import broken
from plion.data.corpora.tree import Tree
from plion.data.unpacking.packed import named
from plion.errors import InputError

PARTS: dict[str, Part] = {"train-clean-100": "train", "dev-clean": "valid", "test-clean": "test"}


def read(tree: Tree) -> Iterator[Entry]:
    """The utterances of those of the three subsets that are there; other subsets are ignored.

    Raises InputError if none of the three is there, and for a line that is not `ID TEXT` with an
    id of its chapter.
    """
    transcripts = [
        (path, PARTS[subset])
        for path in tree.glob("*.trans.txt")
        if (subset := PurePosixPath(path).parent.parent.parent.name) in PARTS
    ]
    if not transcripts:
        raise InputError(f"{tree.name}: none of LibriSpeech's {', '.join(PARTS)} is there")
    for path, part in transcripts:
        yield from _chapter(tree, path, part)


def _chapter(tree: Tree, path: str, part: Part) -> Iterator[Entry]:
    folder = PurePosixPath(path).parent
    speaker = folder.parent.name
    chapter = f"{speaker}-{folder.name}-"
    for number, line in tree.lines(path):
        id, space, text = line.partition(" ")
        if not space or not id.startswith(chapter):
            raise broken(path, number, f"expected '{chapter}NNNN TEXT', found '{line}'")
        yield Entry(id=id, audio=str(folder / f"{id}.flac"), text=text, part=part, speaker=speaker)


CORPUS = Corpus(
    key="librispeech",
    language="en",
    looks_for=("*-clean*/*.trans.txt",),
    read=read,
    pieces=named("|".join(PARTS)),
    parts=tuple(PARTS.values()),
    takes_all=False,
)
