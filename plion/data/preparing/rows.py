"""The utterances of a corpus that are kept and left out, while it is being prepared."""

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
    """How many utterances are left out for a reason, and the first of them, three at most.

    A recording is named by its path below the source.
    """

    count: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def first(self) -> str:
        return self.examples[0]

    def note(self, which: str, count: int = 1) -> None:
        """Counts one more, or `count`, and keeps it if it is among the first."""
        self.count += count
        if len(self.examples) < _EXAMPLES:
            self.examples.append(which)


@dataclass
class Rows:
    """The utterances that are kept, one manifest row a line of `path` in the reader's order.

    A number each: `parts` (the publisher's split, NONE where there is none), `seconds`, and as
    `group_hash` the `ids`, the `speakers` (0 where unknown) and the `groups` that a split by
    utterance keeps together (the sentence where it is known, else the id). `left_out` is by
    reason, and the file `left` names all that is left out of what was read; `heard` counts the
    utterances whose audio is there, kept or not, `listed` all with the broken ones, and `named` has
    the parts of these. `cancelling` are those that are kept though their channels cancel.
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
        """The numbers of that name, shape (utterances,), not copied."""
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
        """Takes rows out again, by their numbers."""
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
