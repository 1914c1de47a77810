"""The section "Error rates" of a model card: counts, intervals, coverage."""

from plion.publishing.finished import Finished
from plion.results.analysis.rates import run_rates
from plion.results.tables.notes import reading_notes
from plion.scoring.benchmarks import Benchmark
from plion.scoring.statistics.estimate import ends
from plion.scoring.statistics.rate import FEW_NOTE, Rate
from plion.text.metrics import METRICS
from plion.typesetting.formats import tabulated

_HEADER = [
    "test set", "language", "metric", "errors / reference", "error, %", "95 % interval",
    "utterances",
]  # fmt: skip
_AVERAGES = {"macro": "**mean of test sets**", "language_mean": "mean of languages"}
_UNTESTED = "not tested"


def rates_section(run: Finished) -> str:
    """A table of every test set of the suite, and averages over the tested ones."""
    made = run_rates(run.study, run.run) if run.run.scores else {}
    rows = [_row(run, row, made.get(row.key)) for row in run.benchmarks]
    rows += [_average(run, name, made[name]) for name in _AVERAGES if name in made]
    parts = ["## Error rates", tabulated(_HEADER, rows, words=3, style="github")]
    if not run.run.scores:
        parts.append("This model was not decoded on any test set: its error rates are unknown.")
        return "\n\n".join(parts)
    return "\n\n".join([*parts, *_reading(run)])


def _row(run: Finished, row: Benchmark, rate: Rate | None) -> list[str]:
    first = [f"`{row.key}`", row.spoken.name, METRICS[row.metric].title]
    scored = run.run.scores.get(row.key)
    if scored is None:
        return [*first, _UNTESTED, "", "", ""]
    counts = scored.counts
    return [
        *first,
        f"{counts.errors:,} / {counts.reference_length:,}",
        f"{rate.value:.2f}" if rate else "",
        ends(rate.low, rate.high, few=rate.few) if rate else "",
        f"{counts.n_utterances:,}",
    ]


def _average(run: Finished, name: str, rate: Rate) -> list[str]:
    covered = f"{run.run.coverage.replace('/', ' of ')} sets"
    interval = ends(rate.low, rate.high, few=rate.few)
    return [_AVERAGES[name], "", "", covered, f"{rate.value:.2f}", interval, ""]


def _reading(run: Finished) -> list[str]:
    """Notes on the figures: the profile, the intervals, the decoding."""
    notes = reading_notes(run.study)
    if FEW_NOTE not in notes and any(one.few for one in run_rates(run.study, run.run).values()):
        notes.append(FEW_NOTE)
    decoding = run.exp.evaluate
    search = "greedy" if decoding.beams == 1 else f"{decoding.beams} beams"
    penalty = decoding.repetition_penalty
    decoded = f"Decoded with plion ({search}, in float32"
    decoded += ")." if penalty == 1 else f", repetition penalty {penalty:g})."
    if run.exp.tag.decoding == "forced":
        decoded += " **The true language was given**: an oracle, not to be ranked with other rows."
    return [*notes, decoded]
