"""LibriSpeech (OpenSLR 12): English audiobooks; the three subsets that the paper uses.

    LibriSpeech/dev-clean/84/121123/84-121123.trans.txt
    LibriSpeech/dev-clean/84/121123/84-121123-0000.flac

A transcript line has the id, a space and the text in upper case without punctuation. Folders are
speaker and chapter; no speaker is in two subsets.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from plion.data.corpora.corpus import Corpus, Entry, Omitted, Part
from plion.data.corpora.lines import broken, each, rows
from plion.data.corpora.packed import named
from plion.data.corpora.tree import Tree
from plion.errors import InputError

PARTS: dict[str, Part] = {"train-clean-100": "train", "dev-clean": "valid", "test-clean": "test"}

_ID = re.compile(r"\d+-\d+-\d")


def read_librispeech(tree: Tree) -> Iterator[Entry | Omitted]:
    """The utterances of the three subsets, as far as they exist; those of others are left out.

    Raises InputError if none of the three exists. A line is broken if it is not `ID TEXT` with an
    id of its chapter.
    """
    subsets: dict[str, list[str]] = {}
    for path in tree.glob("*.trans.txt"):
        subsets.setdefault(str(PurePosixPath(path).parent.parent.parent), []).append(path)
    own = {folder: PARTS[name] for folder in subsets if (name := _name(folder)) in PARTS}
    if not own:
        raise InputError(f"{tree.name}: none of LibriSpeech's {', '.join(PARTS)} is there")
    for folder, part in own.items():
        for path in subsets[folder]:
            yield from _chapter(tree, path, part)
    for folder in (folder for folder in subsets if folder not in own):
        lines = (line for path in subsets[folder] for _, line in tree.lines(path))
        yield Omitted("of other subsets", folder, sum(bool(line.strip()) for line in lines))


def _name(folder: str) -> str:
    return PurePosixPath(folder).name


def _chapter(tree: Tree, path: str, part: Part) -> Iterator[Entry | Omitted]:
    folder = PurePosixPath(path).parent
    speaker = folder.parent.name
    chapter = f"{speaker}-{folder.name}-"

    def entry(number: int, line: str) -> Entry:
        id, space, text = line.partition(" ")
        if not space or not id.startswith(chapter):
            raise broken(path, number, f"expected '{chapter}NNNN TEXT', found '{line}'")
        return Entry(id=id, audio=str(folder / f"{id}.flac"), text=text, part=part, speaker=speaker)

    return each(rows(tree, path, _ID.match), entry)


CORPUS = Corpus(
    key="librispeech",
    language="en",
    looks_for=("*-clean*/*.trans.txt",),
    read=read_librispeech,
    pieces=named("|".join(PARTS)),
    parts=tuple(PARTS.values()),
    takes_all=False,
)
