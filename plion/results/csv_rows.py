"""`results.csv`: tidy rows of studies, one per run and benchmark and one per aggregate."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from plion.results.analysis.rates import run_rates
from plion.results.columns import AFTER_AXES, BEFORE_AXES, FIXED, RECORDED, column
from plion.results.reading.budget_axis import BUDGET
from plion.results.reading.study import VARIANT, Run, Study
from plion.scoring.statistics.averages import AGGREGATES
from plion.scoring.statistics.estimate import SEEDS
from plion.scoring.statistics.rate import Rate
from plion.system.files import atomic_write
from plion.typesetting.formats import comma_separated

Row = dict[str, Any]


def tidy(studies: Iterable[Study]) -> list[Row]:
    """Rows in the order of the runs: benchmarks in the suite's order, then aggregates.

    A run without scores gives one row `macro` with its status and no figures.
    """
    return [row for study in studies for run in study.runs for row in _rows(study, run)]


def write_csv(rows: Sequence[Row], path: str | Path) -> None:
    """Writes rows as CSV: the fixed columns, with the studies' axes between them."""
    axes = dict.fromkeys(name for row in rows for name in row if name not in FIXED)
    header = [*BEFORE_AXES, *axes, *AFTER_AXES]
    lines = [[_cell(row.get(name)) for name in header] for row in rows]
    atomic_write(path, comma_separated(header, lines))


def _rows(study: Study, run: Run) -> list[Row]:
    axes = [*study.axes, *([VARIANT] if study.variants else [])]
    held = run.record.hold
    common: Row = {BUDGET: held and held.amount}
    common |= {column(axis): run.labels.get(axis) for axis in axes}
    common |= {name: getattr(run.record, name) for name in RECORDED}
    common |= {
        "ablation": study.name,
        "run": run.name,
        "status": run.status,
        "seed": run.seed,
        "tag_decode": run.labels.get("tag.decode", run.record.tag_decode),
        "profile": run.profile,
        "tuned": _tuned(study, run),
        "suite": run.record.suite or study.suite,
    }
    if not run.scores:
        return [common | {"benchmark": "macro"}]
    made = run_rates(study, run)
    return [common | _benchmark_row(run, key, made.get(key)) for key in run.scores] + [
        common | _aggregate_row(run, name, made[name]) for name in AGGREGATES if name in made
    ]


def _tuned(study: Study, run: Run) -> str | None:
    """Whether a run's arm is tuned, `yes` or `no`; None of a base and of single runs."""
    if not run.labels:
        return None
    arm = study.tuning.arm_of(run.labels) if study.tuning else None
    return "yes" if arm and arm.chosen is not None else "no"


def _benchmark_row(run: Run, key: str, rate: Rate | None) -> Row:
    scored = run.scores[key]
    return {
        "benchmark": key,
        "language": scored.benchmark.language,
        "metric": scored.benchmark.metric,
        "errors": scored.counts.errors,
        "reference_length": scored.counts.reference_length,
        "n_utterances": scored.counts.n_utterances,
        **_interval(rate),
    }


def _aggregate_row(run: Run, name: str, rate: Rate) -> Row:
    keys = list(run.rates)
    return {
        "benchmark": name,
        "language": rate.language,
        "n_utterances": sum(run.scores[key].counts.n_utterances for key in keys),
        "covered": len(keys),
        **_interval(rate),
    }


def _interval(rate: Rate | None) -> Row:
    if rate is None:
        return {}
    if not rate.known:
        return {"rate": rate.value}
    return {
        "rate": rate.value,
        "ci_low": rate.low,
        "ci_high": rate.high,
        "interval_over": "seeds and utterances" if rate.over == SEEDS else "utterances",
    }


def _cell(value: Any) -> Any:
    return f"{value:.4f}" if isinstance(value, float) else value
