"""The result of preparing a corpus: prepared.json, and its sizes printed beside the paper's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

from tabulate import tabulate

from plion.data.corpora.corpus import Part
from plion.data.corpora.published import PARTS, Split, published
from plion.data.preparing.rows import LeftOut
from plion.errors import printable
from plion.system.documents import read_json

RECORD = "prepared.json"
CANCELLING = "with channels that cancel each other: one of them is used instead of their mean"

_SHOWN = 3  # archives


@dataclass(frozen=True)
class Report:
    """A prepared corpus.

    `splits`, `sha256`: of the manifests; a part without utterances has none. `left_out`: by reason;
    `left_out.tsv` names each, except those beyond a split's amounts. `unused`: number of the
    source's audio files without an utterance. `drawn`: which parts are not the publisher's, and how
    they were made. `left_packed`: archives of the source that were not unpacked. `cancelling`:
    utterances kept although their channels cancel.
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
        """The content of prepared.json, which does not depend on the time.

        Only `sha256` depends on the location, and only if audio lies outside DIR, so that manifests
        have absolute paths. (NSC's ids take `part1` from the source's folder if nothing else says
        it.)
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


class _Part(TypedDict):
    sha256: str


class _LeftOut(TypedDict):
    count: int


class _Prepared(TypedDict):
    """What is read again of a prepared.json."""

    manifests: dict[str, _Part]
    left_out: dict[str, _LeftOut]


def left_out_of(manifest: Path, sha256: str) -> dict[str, int] | None:
    """Utterances left out when a manifest's corpus was prepared: how many, by reason.

    `sha256`: of the manifest. None if no `plion data prepare` wrote the manifest as it is. Raises
    InputError for a prepared.json that is damaged.
    """
    path = manifest.parent / RECORD
    if not path.is_file():
        return None
    prepared = read_json(path, _Prepared, "prepare the corpus again")
    if sha256 not in (part["sha256"] for part in prepared["manifests"].values()):
        return None
    return {reason: one["count"] for reason, one in prepared["left_out"].items()}


def render_prepared(report: Report) -> str:
    """The printed report: sizes beside those of the paper's Table 1, what was left out, notes."""
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
    """A table of what was left out: by reason, largest count first, an example per line."""
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
