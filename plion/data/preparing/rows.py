"""The utterances kept and left out while a corpus is prepared: a row file and number columns."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plion.data.corpora.corpus import Entry, Part
from plion.data.corpora.published import PARTS
from plion.data.preparing.splits import NONE, group_hash

LEFT_OUT = "left_out.tsv"

_EXAMPLES = 3


@dataclass
class LeftOut:
    """The number of utterances left out for one reason, and the first three of them.

    Recordings are named by their paths below the source.
    """

    count: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def first(self) -> str:
        return self.examples[0]

    def note(self, which: str, count: int = 1) -> None:
        """Add `count` utterances, and keep `which` if it is among the first three."""
        self.count += count
        if len(self.examples) < _EXAMPLES:
            self.examples.append(which)


@dataclass
class Rows:
    """The utterances that are kept: `path` has one manifest row per line, in the reader's order.

    Columns, a number per utterance: `parts` (index of the publisher's part, or NONE), `seconds`,
    and as `group_hash` the `ids`, `speakers` (0 if unknown) and `groups`, which a split by
    utterance keeps together (the sentence if known, else the id). `left_out`: by reason; the file
    `left` names each. `heard`: number of utterances with audio, kept or not. `listed`: number of
    all, broken rows included. `named`: the parts that occur in all. `cancelling`: utterances kept
    although their channels cancel.
    """

    path: Path
    parts: "array[int]" = field(default_factory=lambda: array("b"))
    seconds: "array[float]" = field(default_factory=lambda: array("d"))
    ids: "array[int]" = field(default_factory=lambda: array("Q"))
    speakers: "array[int]" = field(default_factory=lambda: array("Q"))
    groups: "array[int]" = field(default_factory=lambda: array("Q"))
    left_out: dict[str, LeftOut] = field(default_factory=dict)
    cancelling: LeftOut = field(default_factory=LeftOut)
    named: set[Part] = field(default_factory=set)
    listed: int = 0
    heard: int = 0

    def __len__(self) -> int:
        return len(self.parts)

    def column(self, name: str) -> NDArray[Any]:
        """A column by name, shape (utterances,), as a view."""
        values = getattr(self, name)
        return np.frombuffer(values, dtype=values.typecode)

    def lines(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            yield from file

    @property
    def left(self) -> Path:
        return self.path.with_name(LEFT_OUT)

    def leave_out(self, reason: str, which: str, count: int = 1) -> None:
        self.left_out.setdefault(reason, LeftOut()).note(which, count)

    def note_cancelling(self, which: str) -> None:
        self.cancelling.note(which)

    def drop(self, numbers: Sequence[int]) -> None:
        """Remove rows by their numbers."""
        gone, kept = set(numbers), self.path.with_name(f"{self.path.name}.kept")
        with kept.open("wb") as file:
            file.writelines(line for n, line in enumerate(self.lines()) if n not in gone)
        kept.replace(self.path)
        for name in ("parts", "seconds", "ids", "speakers", "groups"):
            column = np.delete(self.column(name), numbers)
            setattr(self, name, array(getattr(self, name).typecode, column.tobytes()))
        self.heard -= len(numbers)

    def keep(self, entry: Entry, seconds: float) -> None:
        self.parts.append(NONE if entry.part is None else PARTS.index(entry.part))
        self.seconds.append(seconds)
        self.ids.append(group_hash(entry.id))
        self.speakers.append(group_hash(entry.speaker) if entry.speaker else 0)
        self.groups.append(group_hash(entry.sentence or entry.id))
