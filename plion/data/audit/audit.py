"""Audit manifests: facts, overlaps and duplicates, from texts and audio bytes, without decoding."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from plion.data.audit.duplicates import Groups, duplicates
from plion.data.audit.facts import Facts, facts
from plion.data.audit.outliers import DEVIATIONS, FACTOR, FEWEST
from plion.data.audit.overlaps import Class, Overlap, classes, overlaps
from plion.data.audit.reading import MISSING, PROFILE, Part, Rows, read_parts
from plion.text.languages import Languages
from plion.text.shipped import SHIPPED


@dataclass(frozen=True)
class Copies:
    """Utterances with identical audio, as (corpus, part, id)."""

    members: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Audit:
    """Facts of every corpus's parts, overlaps between parts, and the class of test utterances.

    `classes`: for each corpus with test and train parts, the class of each test utterance by id:
    whether its `speaker` is in the corpus's train part, its `sentence` in any corpus's train part,
    `both` or `neither`. `missing`: number of utterances without an audio file.
    """

    facts: tuple[Facts, ...]
    overlaps: tuple[Overlap, ...]
    copies: tuple[Copies, ...]
    classes: dict[str, dict[str, Class]]
    missing: int


def audit(manifests: Sequence[Path], languages: Languages = SHIPPED) -> Audit:
    """Audit manifests together; the file name gives the part: `.../train.jsonl` is train.

    Reads each manifest once, and audio files only if another has the same size. Raises InputError
    for a manifest that cannot be read.
    """
    rows, parts = read_parts(manifests, languages)
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
    """The whole audit as JSON text, with all ids and the rules applied."""
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
