"""Match transcripts of any system (JSON lines) with the references in manifests.

A line has `id` and `text`, and `dataset` if the id is in several benchmarks. A language tag of the
official recipe before a text is removed. The predictions of a run are such files: they have no
`dataset`, and the file name (`fleurs_ta.jsonl`) decides where an id is in several benchmarks.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NotRequired, TypedDict

from plion.data.manifest import read_manifests
from plion.data.utterance import Utterance
from plion.errors import InputError, listed
from plion.scoring.benchmarks import PAPER
from plion.system.documents import lines, parse_json
from plion.text.languages import Language, Languages
from plion.text.metrics import Metric
from plion.text.shipped import SHIPPED
from plion.text.tags import report_tags, untagged


@dataclass(frozen=True, eq=False)
class Transcribed:
    """The transcripts of one benchmark: `texts` of its `utterances`, "" without a hypothesis.

    `missing`: the ids of utterances without a hypothesis.
    """

    key: str
    language: Language
    utterances: tuple[Utterance, ...]
    texts: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Matched:
    """The paper's benchmarks in its order, then others; `extra`: ids without a reference."""

    sets: tuple[Transcribed, ...]
    extra: tuple[str, ...]


class _Row(TypedDict):
    """A line of a file of transcripts."""

    id: str
    text: str
    dataset: NotRequired[str | None]


@dataclass(frozen=True)
class _Hypothesis:
    id: str
    text: str
    dataset: str | None
    where: str  # file and line


def match(
    files: Sequence[Path],
    manifests: Sequence[Path],
    metric: Metric | None = None,
    languages: Languages = SHIPPED,
) -> Matched:
    """Match the hypotheses of `files` with the utterances of `manifests`.

    `metric`: what to score all of them by (`mer` for code-switched sets); None takes each
    language's own. A missing hypothesis counts as empty; one without a reference is ignored. Raises
    InputError for unreadable files, two hypotheses for one utterance, a hypothesis that could
    belong to several benchmarks, files without any hypothesis for the manifests, and for a metric
    that means nothing in a language.
    """
    references = _references(manifests, languages)
    benchmarks: dict[str, list[str]] = {}
    for key, utterances in references.items():
        for id in utterances:
            benchmarks.setdefault(id, []).append(key)
    said: dict[tuple[str, str], _Hypothesis] = {}
    extra: list[str] = []
    doubled: list[str] = []
    for path in files:
        for row in _rows(path):
            of = _benchmark(row, path.stem, benchmarks.get(row.id, []))
            if of is None:
                extra.append(row.id)
            elif first := said.get((of, row.id)):
                doubled.append(f"'{row.id}' ({first.where} and {row.where})")
            else:
                said[of, row.id] = row
    if doubled:
        raise InputError(f"utterances with two hypotheses: {listed(doubled)}")
    if not said:
        names = ", ".join(map(str, files))
        if not extra:
            raise InputError(f"{names}: no hypothesis found")
        raise InputError(f"none of the {len(extra)} ids in {names} is in the manifests")
    return Matched(
        tuple(
            _transcribed(key, rows, said, _scored_by(rows, metric, languages))
            for key, rows in references.items()
        ),
        tuple(extra),
    )


def _references(paths: Iterable[Path], languages: Languages) -> dict[str, dict[str, Utterance]]:
    """The manifests' utterances by benchmark and id; raises InputError for an id in two of them."""
    found: dict[str, dict[str, Utterance]] = {}
    for manifest in read_manifests(paths, languages):
        for utterance in manifest:
            own = found.setdefault(utterance.dataset, {})
            if utterance.id in own:
                raise InputError(f"{manifest.path}: id '{utterance.id}' is in another manifest too")
            own[utterance.id] = utterance
            first = next(iter(own.values())).language
            if utterance.language != first:
                raise InputError(
                    f"{manifest.path}: benchmark '{utterance.dataset}' has utterances in {first} "
                    f"and in {utterance.language}; give each language a dataset of its own"
                )
    order = [key for key in PAPER if key in found] + [key for key in found if key not in PAPER]
    return {key: found[key] for key in order}


def _rows(path: Path) -> Iterator[_Hypothesis]:
    """The hypotheses of a file without trailing blank lines; prints a note if it removes tags."""
    tags, rows = 0, 0
    for number, line in enumerate(lines(path), 1):
        if line.strip():
            where = f"{path}:{rows + 1}"
            # A blank line before other lines is refused, with its number, as not JSON.
            row = parse_json(line if number == rows + 1 else b"", where, _Row)
            tag, text = untagged(row["text"])
            tags, rows = tags + (tag is not None), number
            yield _Hypothesis(row["id"], text, row.get("dataset"), where)
    if tags:
        report_tags(str(path), tags)


def _benchmark(row: _Hypothesis, stem: str, known: Sequence[str]) -> str | None:
    """The benchmark that a hypothesis belongs to, among the `known` ones that have its id."""
    if row.dataset is not None:
        return row.dataset if row.dataset in known else None
    if len(known) > 1:
        if stem not in known:
            raise InputError(
                f"{row.where}: id '{row.id}' is in {' and '.join(known)}; add a field 'dataset'"
            )
        return stem
    return known[0] if known else None


def _scored_by(
    utterances: Mapping[str, Utterance], metric: Metric | None, languages: Languages
) -> Language:
    """The language of utterances, with the metric that was asked for."""
    known = languages[next(iter(utterances.values())).language]
    if metric is None:
        return known
    known.check_metric(metric)
    return replace(known, metric=metric)


def _transcribed(
    key: str,
    utterances: Mapping[str, Utterance],
    said: Mapping[tuple[str, str], _Hypothesis],
    language: Language,
) -> Transcribed:
    return Transcribed(
        key,
        language,
        tuple(utterances.values()),
        tuple(said[key, id].text if (key, id) in said else "" for id in utterances),
        tuple(id for id in utterances if (key, id) not in said),
    )
