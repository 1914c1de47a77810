"""What a corpus's reader yields, and what is known of a corpus beside its reader."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from plion.data.corpora.packed import Pieces, none
from plion.data.corpora.tree import Tree

MISSING = 0.01  # of the utterances may lack audio where the publisher's are complete

Part = Literal["train", "valid", "test"]


@dataclass(frozen=True)
class Entry:
    """One utterance as its publisher lists it.

    `audio` is a path within the `Tree`, whether it is there or not. `text` is the verbatim
    rendering, `text_alt` the publisher's other one. `part` is the publisher's own split (None
    where it has none). `sentence` identifies the sentence read, where sentences recur. `duration`
    is in seconds, None where the publisher does not state it. `file`: where the recording lies, if
    that is not in the tree.
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

    `reason` follows a number ("3 in a broken row"); `which` names the row, or the place where the
    `count` rows are. `broken`: a row that is not as published, else one that is not asked for.
    `part`: the publisher's own split that the rows are in, where it is known.
    """

    reason: str
    which: str
    count: int = 1
    broken: bool = False
    part: Part | None = None


@dataclass(frozen=True)
class Corpus:
    """A corpus: its language, how its files are known, and the function that reads them.

    `looks_for`: patterns of files that tell this corpus (`Tree.glob`), all of them needed.
    `read` yields every row of the publisher's, as an entry or as one that it leaves out and why;
    it raises InputError for files that are not as published as a whole.
    `pieces`: which archives hold a piece of it each, to be unpacked even where the rest lies open,
    and alone where there are others; `whole`: those that hold all of it, unpacked where it does not
    lie open. `parts`: those that the publisher ships.
    `takes_all`: `read` leaves out none of what is shipped, but for some that has no transcript.
    `gaps`: text without audio is the publisher's own. `sampled`: the paper took as many utterances
    as it lists, not all. `hub`: the files are a dataset of the hub.
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
