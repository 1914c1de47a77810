"""What was prepared of a corpus, beside the paper's: for `prepared.json` and for reading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tabulate import tabulate

from plion.data.corpora.corpus import Part
from plion.data.corpora.published import PARTS, Split, published
from plion.data.preparing.rows import LeftOut
from plion.errors import printable

CANCELLING = "with channels that cancel each other, of which one is taken and not their mean"

_SHOWN = 3  # archives


@dataclass(frozen=True)
class Report:
    """One prepared corpus.

    `splits` and `sha256` are those of the manifests; a part without utterances has no manifest.
    `left_out` is by reason, and named one by one in `left_out.tsv`, but for what a split leaves
    over; `unused` counts the audio files of the source in which no utterance is; `drawn` says which
    parts are not the publisher's, and how they were made; `left_packed` are the archives of the
    source that were not unpacked; `cancelling` are the utterances that are kept though their
    channels cancel.
    """

    key: str
    split: str
    max_seconds: float | None
    splits: Mapping[Part, Split]
    sha256: Mapping[Part, str]
    left_out: Mapping[str, LeftOut]
    unused: int
    drawn: str
    left_packed: Sequence[str] = ()
    cancelling: LeftOut = field(default_factory=LeftOut)

    def record(self) -> dict[str, Any]:
        """The content of prepared.json: nothing in it depends on when it was made.

        On the place only `sha256` does, and that only where audio is not below DIR: manifests then
        have its absolute path. (NSC's ids take `part1` from the source's folder, if no other says.)
        """
        return {
            "key": self.key,
            "split": self.split,
            "max_seconds": self.max_seconds,
            "drawn": self.drawn,
            "manifests": {
                part: {
                    "utterances": split.utterances,
                    "hours": round(split.hours, 6),
                    "sha256": self.sha256[part],
                }
                for part, split in self.splits.items()
            },
            "left_out": {reason: vars(one) for reason, one in self.left_out.items()},
        }


def render_prepared(report: Report) -> str:
    """The sizes, beside those of the paper's Table 1 if they are in it, then what else is known."""
    paper = published(report.key)
    ours = [report.splits.get(part, Split(0, 0.0)) for part in PARTS]
    theirs = [paper.split(part) for part in PARTS] if paper else []
    left, notes = _left_out(report.left_out), _notes(report)
    if paper and paper.difference and paper.amounts != tuple(one.utterances for one in ours):
        notes.append(f"the paper: {paper.difference}")
    title = f"{report.key}, {paper.title}" if paper else report.key
    notes = ["", *map(printable, notes)] if notes else []
    return "\n".join([title, "", _table(ours, theirs), *left, *notes])


def _left_out(left_out: Mapping[str, LeftOut]) -> list[str]:
    """What is left out by reason, the most first; of each the first examples, a line each."""
    rows = sorted(left_out.items(), key=lambda item: -item[1].count)
    cells = [
        [f"{one.count:,}" if not n else "", reason if not n else "", printable(example)]
        for reason, one in rows
        for n, example in enumerate(one.examples)
    ]
    align = ("right", "left", "left")
    header = ["left out", "why", "for example"]
    return ["", tabulate(cells, header, disable_numparse=True, colalign=align)] if cells else []


def _table(ours: list[Split], theirs: list[Split]) -> str:
    names = [*PARTS, "all"]
    if theirs:
        header = ["split", "utterances", "paper", "difference", "hours", "paper", "difference"]
        both = zip(names, [*ours, _sum(ours)], [*theirs, _sum(theirs)], strict=True)
        cells = [_cells(*row) for row in both]
    else:
        header = ["split", "utterances", "hours"]
        alone = zip(names, [*ours, _sum(ours)], strict=True)
        cells = [[name, f"{one.utterances:,}", f"{one.hours:.2f}"] for name, one in alone]
    align = ("left", *["right"] * (len(header) - 1))
    return tabulate(cells, header, disable_numparse=True, colalign=align)


def _sum(splits: list[Split]) -> Split:
    return Split(sum(one.utterances for one in splits), sum(one.hours for one in splits))


def _cells(name: str, ours: Split, theirs: Split) -> list[str]:
    return [
        name,
        f"{ours.utterances:,}",
        f"{theirs.utterances:,}",
        f"{ours.utterances - theirs.utterances:+,}",
        f"{ours.hours:.2f}",
        f"{theirs.hours:.2f}",
        f"{ours.hours - theirs.hours:+.2f}",
    ]


def _notes(report: Report) -> list[str]:
    notes = [report.drawn] if report.drawn else []
    if one := report.cancelling.count:
        notes.append(f"kept: {one:,} {CANCELLING}, the first {report.cancelling.first}")
    if report.unused:
        notes.append(f"not used: {report.unused:,} other audio files")
    if report.left_packed:
        first = ", ".join(report.left_packed[:_SHOWN])
        more = len(report.left_packed) - _SHOWN
        notes.append(f"not unpacked: {first}" + (f" and {more:,} more" if more > 0 else ""))
    return notes
