"""What manifests hold and have in common, from their texts and the bytes of their audio files."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from plion.data.audit.duplicates import Groups, duplicates
from plion.data.audit.facts import Facts, facts
from plion.data.audit.outliers import DEVIATIONS, FACTOR, FEWEST
from plion.data.audit.overlaps import Class, Overlap, classes, overlaps
from plion.data.audit.reading import MISSING, PROFILE, Part, Rows, read_parts


@dataclass(frozen=True)
class Copies:
    """Utterances whose audio is the same, as (corpus, part, id)."""

    members: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Audit:
    """Facts of every corpus's parts, overlaps between them, and the class of test utterances.

    `classes` has per corpus of which test and train are given each test utterance's class by id:
    whether its `speaker` is in the corpus's train part, its `sentence` in any corpus's, `both` or
    `neither`. `missing` counts utterances whose audio file is not there.
    """

    facts: tuple[Facts, ...]
    overlaps: tuple[Overlap, ...]
    copies: tuple[Copies, ...]
    classes: dict[str, dict[str, Class]]
    missing: int


def audit(manifests: Sequence[Path]) -> Audit:
    """Audit manifests together; `.../train.jsonl` is a train part, and so on.

    Reads each manifest once, and of the audio only files whose size is that of another. Raises
    InputError for a manifest that cannot be read.
    """
    rows, parts = read_parts(manifests)
    groups = duplicates(rows)
    trained = {part.dataset for part in parts if part.name == "train"}
    return Audit(
        facts=tuple(facts(part, rows, groups) for part in parts),
        overlaps=tuple(overlaps(parts, groups)),
        copies=tuple(_copies(rows, parts, groups)),
        classes={key: own for key, own in classes(parts, rows).items() if key in trained},
        missing=rows.sizes.count(MISSING),
    )


def as_json(audit: Audit) -> str:
    """The whole audit with all ids, and the rules by which it judged."""
    rules = {
        "normalisation": PROFILE,
        "outliers": {"deviations": DEVIATIONS, "factor": FACTOR, "fewest": FEWEST},
    }
    return json.dumps({"rules": rules, **asdict(audit)}, ensure_ascii=False, indent=1) + "\n"


def _copies(rows: Rows, parts: Iterable[Part], groups: Groups) -> Iterator[Copies]:
    copied = {row for group in groups for row in group}
    part_of = {row: part for part in parts for row in part.rows if row in copied}
    for group in groups:
        members = ((part_of[row].dataset, part_of[row].name, rows[row].id) for row in group)
        yield Copies(tuple(members))
