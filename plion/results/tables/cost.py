"""Tables of cost: training cost beside errors, and speed of decoding."""

from collections.abc import Sequence

from plion.results.analysis.rates import run_rates
from plion.results.analysis.recount import change
from plion.results.reading.study import Run, Study
from plion.results.tables.notes import intervals_note
from plion.scoring.statistics.averages import MACRO
from plion.scoring.statistics.rate import few_note, printed
from plion.typesetting.table import Table

_LATENCY = ("latency_mean", "latency_std")


def cost_table(study: Study) -> Table:
    """Every run's error against the cost of its training; no rows without a price."""
    trained = [run for run in study.runs if not run.again and run.record.cost is not None]
    rows = [_cost_row(study, run) for run in trained]
    header = ["run", "macro", "against base", "n", "audio h", "train h", "audio s/s", "cost"]
    note = "Hours and cost cover training alone, without validation and tests."
    title = "Error in percent against the cost of training"
    notes = [note, *_shared(trained), intervals_note(study), *few_note(row[1:3] for row in rows)]
    return Table(title, header, rows, notes)


def latency_table(study: Study) -> Table:
    """Every run's speed of decoding; no rows without measured latency."""
    rows = [
        [run.title, *(f"{getattr(run.record, name):.4f}" for name in _LATENCY), _rtfx(run)]
        for run in study.runs
        if run.record.latency_mean is not None
    ]
    notes = [
        "Latency: seconds a sample at batch 1, after a warm-up; rtfx: seconds of audio a second in "
        "batches. Both on the device of the run."
    ]
    return Table("Speed of decoding", ["run", "latency", "deviation", "rtfx"], rows, notes)


def _shared(runs: Sequence[Run]) -> list[str]:
    """What the runs took together, if some branched off others, whose training counts once."""
    records = [run.record for run in runs]
    shared = sum(one.trunk_hours or 0.0 for one in records)
    if not shared:
        return []
    hours = sum(one.audio_hours_trained or 0.0 for one in records) - shared
    paid = sum(one.own_cost or 0.0 for one in records)
    return [
        f"A branch's row has all that its model was trained on; of that, {shared:,.2f} h were "
        f"trained by trunks. Together, counted once: {hours:,.2f} h of audio, cost {paid:,.4g}."
    ]


def _rtfx(run: Run) -> str:
    rtfx = run.record.rtfx
    return "" if rtfx is None else f"{rtfx:,.1f}"


def _cost_row(study: Study, run: Run) -> list[str]:
    keys, known, base = list(run.scores), run.record, study.base_of(run)
    return [
        run.title,
        printed(run_rates(study, run).get(MACRO)),
        printed(change(study, run, base, keys), "+") if base else "",
        run.coverage,
        f"{known.audio_hours_trained or 0:,.2f}",
        f"{(known.train_seconds or 0) / 3600:,.2f}",
        f"{known.audio_seconds_per_second:,.1f}",
        f"{known.cost:,.4g}",
    ]
