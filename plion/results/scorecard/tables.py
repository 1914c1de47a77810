"""The tables of `plion score`: errors by benchmark and language, and faults, with their notes."""

from collections.abc import Iterator, Sequence

from plion.errors import listed
from plion.results.analysis.rates import run_rates
from plion.results.reading.study import Run, Study
from plion.results.scorecard.study import scorecard_study
from plion.results.tables.faults import set_faults_table
from plion.results.tables.languages import language_rows_table
from plion.results.tables.notes import intervals_note, profile_remarks
from plion.scoring.benchmarks import PAPER
from plion.scoring.scorecard import Scorecard
from plion.scoring.scored import Scored
from plion.scoring.statistics.averages import MACRO
from plion.scoring.statistics.estimate import ends
from plion.scoring.statistics.rate import FEW_NOTE, Rate, unknown_notes
from plion.scoring.statistics.resampled import REPLICATES
from plion.text.profiles import PROFILES
from plion.typesetting.table import Table

_HEADER = (
    "benchmark", "language", "metric", "rate", "interval", "S", "D", "I", "tokens", "n",
    "resampled",
)  # fmt: skip


def scorecard_tables(card: Scorecard) -> list[Table]:
    """The tables of a scorecard, in order of printing."""
    study = scorecard_study(card)
    run = study.runs[0]
    return [
        _errors(card, study, run),
        language_rows_table(study, run),
        set_faults_table(study, run),
    ]


def _errors(card: Scorecard, study: Study, run: Run) -> Table:
    made = run_rates(study, run)
    rows = [_row(key, one, made.get(key)) for key, one in run.scores.items()]
    rows.append(["macro average", "", "", *_rate(made.get(MACRO)), *[""] * 6])
    title = f"Errors in percent of the references' tokens, profile {card.profile}"
    notes = [*_reading_notes(study, run), *_exceptions(card)]
    return Table(title, _HEADER, rows, notes, words=3)


def _row(key: str, one: Scored, rate: Rate | None) -> list[str]:
    counts = one.counts
    figures = (
        counts.substitutions, counts.deletions, counts.insertions, counts.reference_length,
        counts.n_utterances,
    )  # fmt: skip
    return [
        key,
        one.benchmark.language,
        one.benchmark.metric.upper(),
        *_rate(rate),
        *(f"{figure:,}" for figure in figures),
        one.clusters.described,
    ]


def _rate(rate: Rate | None) -> list[str]:
    if rate is None:
        return ["", ""]
    return [f"{rate.value:.2f}", ends(rate.low, rate.high, few=rate.few)]


def _reading_notes(study: Study, run: Run) -> Iterator[str]:
    yield (
        "S substitutions, D deletions, I insertions, aligned as by jiwer; n utterances. "
        f"Macro average: plain mean over {_plural(list(run.rates), 'benchmark')}."
    )
    yield _coverage(list(run.rates))
    if intervals := intervals_note(study):
        yield f"{intervals} From {REPLICATES:,} bootstrap replicates of the resampled clusters."
    made = run_rates(study, run)
    shown = [(name, made[name]) for name in (*run.rates, MACRO) if name in made]
    if any(rate.few for _, rate in shown):
        yield FEW_NOTE
    yield from unknown_notes(shown)
    yield from profile_remarks(run)


def _coverage(found: Sequence[str]) -> str:
    lacking = [key for key in PAPER if key not in found]
    others = [key for key in found if key not in PAPER]
    text = f"Covers {len(PAPER) - len(lacking)} of the paper's {len(PAPER)} benchmarks"
    if lacking and len(lacking) < len(PAPER):
        text += f", not {', '.join(lacking)}"
    return text + (f"; others: {', '.join(others)}." if others else ".")


def _exceptions(card: Scorecard) -> Iterator[str]:
    """Which utterances have no hypothesis or an empty reference, and what was ignored."""
    dropped = PROFILES[card.profile].drops_empty
    what = "not scored" if dropped else "their hypotheses count as insertions"
    for one in card.scored:
        key = one.benchmark.key
        if missing := card.missing.get(key):
            yield f"{key}: no hypothesis, scored as empty: {_counted(missing)}."
        if one.empty:
            yield f"{key}: empty references, {what}: {_counted(one.empty)}."
    if card.extra:
        yield f"Ignored, without a reference: {_counted(card.extra)}."


def _counted(ids: Sequence[str]) -> str:
    return f"{len(ids):,} ({listed(ids)})"


def _plural(names: Sequence[str], word: str) -> str:
    return f"{len(names)} {word}" + ("" if len(names) == 1 else "s")
