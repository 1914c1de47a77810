"""What was prepared of a corpus, beside the paper's: for `prepared.json` and for reading."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tabulate import tabulate

from plion.data.corpora.corpus import Part
from plion.data.corpora.published import PARTS, PublishedCorpus, Split, published
from plion.data.preparing.measure import LeftOut


@dataclass(frozen=True)
class Report:
    """One prepared corpus.

    `splits` and `sha256` are those of the manifests; a part without utterances has no manifest.
    `left_out` is by reason; `unnamed` counts the audio files that no utterance is in; `drawn`
    says which parts are not the publisher's, and how they were made.
    """

    key: str
    split: str
    max_seconds: float | None
    splits: Mapping[Part, Split]
    sha256: Mapping[Part, str]
    left_out: Mapping[str, LeftOut]
    unnamed: int
    drawn: str

    def record(self) -> dict[str, Any]:
        """The content of prepared.json: nothing in it depends on where or when it was made."""
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


def render(report: Report) -> str:
    """The sizes beside those of the paper's Table 1, then what else there is to know."""
    paper = published(report.key)
    none = Split(0, 0.0)
    rows = [(part, report.splits.get(part, none), paper.split(part)) for part in PARTS]
    total = _sum([ours for _, ours, _ in rows]), _sum([theirs for *_, theirs in rows])
    header = ["split", "utterances", "paper", "difference", "hours", "paper", "difference"]
    cells = [_cells(*row) for row in [*rows, ("all", *total)]]
    table = tabulate(cells, header, disable_numparse=True, colalign=("left", *["right"] * 6))
    differs = any(ours.utterances != theirs.utterances for _, ours, theirs in rows)
    return "\n".join([f"{report.key}, {paper.title}", "", table, *_notes(report, paper, differs)])


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


def _notes(report: Report, paper: PublishedCorpus, differs: bool) -> list[str]:
    notes = [report.drawn] if report.drawn else []
    notes += [
        f"left out: {one.count:,} {reason}, the first {one.first}"
        for reason, one in report.left_out.items()
    ]
    if report.unnamed:
        notes.append(f"not used: {report.unnamed:,} audio files that no transcript names")
    if differs and paper.difference:
        notes.append(f"the paper: {paper.difference}")
    return ["", *notes] if notes else []
