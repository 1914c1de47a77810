"""The data: corpora with licences and sizes, and what was excluded."""

from collections.abc import Iterator, Sequence
from itertools import chain

from plion.data.corpora.published import is_synthetic, published
from plion.errors import listed
from plion.report.answers.answer import Answer
from plion.report.records.facts import Facts, distinct
from plion.results.reading.study import Run
from plion.runs.values import DataFile
from plion.scoring.benchmarks import Benchmark, validated
from plion.typesetting.table import Table

_SPLITS = ("train", "valid", "test")
_SYNTHETIC = "synthetic, none needed"


def answer_data(facts: Facts) -> Answer:
    """Every corpus: language, licence, and utterances and hours of its splits."""
    synthetic, known = _synthetic(facts), facts.study.spoken
    rows = [
        [row.key, known[row.language].name, _licence(row.key, synthetic=synthetic), *_sizes(files)]
        for row, files in _corpora(facts)
    ]
    header = ["corpus", "language", "licence", *(f"{one} n (h)" for one in _SPLITS)]
    notes = [] if synthetic else ["Licences are those that the publishers state."]
    unknown = [row.key for row, files in _corpora(facts) if not _sized(files)]
    missing = [f"size and content of {listed(unknown)}: not in run.json (`manifests`)"] * bool(
        unknown
    )
    missing += _differing(facts)
    return Answer([], [Table("Corpora", header, rows, notes, words=3)], missing)


def answer_exclusions(facts: Facts) -> Answer:
    """What of the corpora was not used, and why."""
    rows, unknown = [], []
    for row, files in _corpora(facts):
        known = distinct(map(_left_out, files.values()))
        if not known:
            unknown.append(row.key)
        rows += [[row.key, f"{count:,}", reason] for own in known for reason, count in own]
    missing = [_unknown(unknown)] if unknown else []
    header = ["corpus", "utterances", "why"]
    tables = [Table("Left out when the corpora were prepared", header, rows)] if rows else []
    none = [] if rows or missing else ["Nothing was left out when the corpora were prepared."]
    return Answer([*none, *_in_runs(facts)], tables, missing)


def _unknown(corpora: list[str]) -> str:
    return (
        f"what was left out when {listed(corpora)} were prepared: not in run.json (it is where "
        "prepared.json of `plion data prepare` lies beside the manifests)"
    )


def _in_runs(facts: Facts) -> Iterator[str]:
    """What runs left out of prepared corpora."""
    for name, exp in facts.settings.items():
        if exp.data.exclude:
            yield f"{name} was trained without {', '.join(exp.data.exclude)}."
    for seconds in distinct(exp.data.max_seconds for exp in facts.settings.values()):
        yield f"Clips of more than {seconds:g} s were not trained on."
    for run in facts.trained:
        known = run.record
        if known.too_long_for_a_batch:
            yield f"{run.name} left out {known.too_long_for_a_batch:,} clips longer than a batch."
        if known.skipped_audio:
            yield f"{run.name} skipped {len(known.skipped_audio):,} clips without usable audio."


def _left_out(one: DataFile) -> tuple[tuple[str, int], ...] | None:
    return None if one.left_out is None else tuple(one.left_out.items())


def _corpora(facts: Facts) -> Iterator[tuple[Benchmark, dict[str, DataFile]]]:
    """The rows of the suite with their manifests, by split, of the first run that has each."""
    found: dict[str, DataFile] = {}
    for run in facts.trained:
        found = {**(run.record.manifests or {}), **found}
    for row in dict.fromkeys(row for run in facts.trained for row in _rows(run)):
        named = {split: found.get(f"{row.key}/{split}") for split in _SPLITS}
        yield row, {split: one for split, one in named.items() if one}


def _rows(run: Run) -> Sequence[Benchmark]:
    """The rows of its suite; a run that was not tested has them in its record alone."""
    return run.benchmarks or validated(run.record.benchmarks, run.name, run.known)


def _differing(facts: Facts) -> Iterator[str]:
    """Manifests that are not the same in all runs: the table shows one of them."""
    names = distinct(name for run in facts.trained for name in run.record.manifests or {})
    for name in names:
        own = (run.record.manifests or {} for run in facts.trained)
        if len(distinct(files[name].sha256 for files in own if name in files)) > 1:
            yield f"{name}: runs were made with different manifests; run.json of each names its own"


def _sizes(files: dict[str, DataFile]) -> list[str]:
    own = [files.get(split) for split in _SPLITS]
    return [f"{one.rows:,} ({one.hours:,.2f})" if one and one.hours else "" for one in own]


def _sized(files: dict[str, DataFile]) -> bool:
    own = [(one.rows, one.hours, one.sha256) for one in files.values()]
    return bool(own) and None not in chain.from_iterable(own)


def _licence(key: str, *, synthetic: bool) -> str:
    if synthetic:
        return _SYNTHETIC
    known = published(key)
    return (known and known.licence) or "yours to answer"


def _synthetic(facts: Facts) -> bool:
    """Whether all corpora are those of `plion data mini`, which has no publisher's terms."""
    roots = [exp.data.root for exp in facts.settings.values()] or [""]
    suites = distinct(run.record.suite for run in facts.trained)
    return all(is_synthetic(suite, root) for suite in suites for root in roots)
