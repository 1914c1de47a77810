"""The description of a corpus (`Corpus`), and the rows that its reader yields."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from plion.data.corpora.packed import Pieces, none
from plion.data.corpora.tree import Tree

MISSING = 0.01  # share of utterances that may lack audio in a corpus that should be complete

Part = Literal["train", "valid", "test"]


@dataclass(frozen=True)
class Entry:
    """One utterance as listed by its publisher.

    `audio`: a path within the `Tree`, which need not exist. `text`: the verbatim transcript;
    `text_alt`: the publisher's other rendering. `part`: the publisher's own split, or None.
    `sentence`: the id of the sentence read, if sentences recur. `duration`: seconds, None if the
    publisher does not state it. `file`: the path of a recording outside the tree.
    """

    id: str
    audio: str
    text: str
    part: Part | None = None
    speaker: str | None = None
    sentence: str | None = None
    text_alt: str | None = None
    duration: float | None = None
    file: Path | None = None


@dataclass(frozen=True)
class Omitted:
    """Rows that a reader leaves out.

    `reason` follows a number ("3 in a broken row"); `which` names the row, or the place of the
    `count` rows. `broken`: whether the row is damaged, as opposed to not wanted. `part`: the
    publisher's own split of the rows, if known.
    """

    reason: str
    which: str
    count: int = 1
    broken: bool = False
    part: Part | None = None


@dataclass(frozen=True)
class Corpus:
    """A source of utterances: its language, how to recognise its files, and how to read them.

    `looks_for`: file patterns (`Tree.glob`) that identify the corpus; all must match. `read`:
    yields every row of the publisher's as an Entry or an Omitted; raises InputError if the files as
    a whole are not as published. `pieces`: the archives with a piece each, unpacked even if the
    rest is unpacked already, and without other archives; `whole`: the archives with all of it,
    unpacked if it is not unpacked already. `parts`: the parts that the publisher ships.

    `takes_all`: whether `read` yields all audio shipped, except some without a transcript. `gaps`:
    whether the publisher itself lacks some audio. `sampled`: whether the paper used a sample of the
    corpus. `hub`: whether the files are a Hugging Face data set.
    """

    key: str
    language: str
    looks_for: tuple[str, ...]
    read: Callable[[Tree], Iterator[Entry | Omitted]]
    pieces: Pieces = none
    whole: Pieces = none
    parts: tuple[Part, ...] = ()
    takes_all: bool = True
    gaps: bool = False
    sampled: bool = False
    hub: bool = False
