"""Tables and CSV of `plion plan`: the pass of one sampler, or of several side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, fields

from plion.planning.passes import Row, by_language, summed
from plion.planning.planned_run import PlannedRun
from plion.planning.tables.loss_weights import language_weights, weights_table
from plion.planning.tables.totals import Speed, forecast, mix_of_steps, summary
from plion.typesetting.amounts import cost, money
from plion.typesetting.formats import comma_separated, tabulated

_BESIDE = 3  # samplers per table, to fit 120 columns

_FORMATS = {
    "language": "s",
    "dataset": "s",
    "utterances": ",d",
    "hours": ",.2f",
    "draws": ",d",
    "share": ".2f",
    "share_hours": ".2f",
    "share_padded": ".2f",
    "share_tokens": ".2f",
    "repeats": ".2f",
    "unseen": ".1f",
}


def render_plan(planned: PlannedRun, speed: Speed | None = None) -> str:
    """The first pass by language and corpus, then the totals of the run."""
    rows = _with_sums(planned.first_pass)
    known = [name for name in _FORMATS if getattr(rows[0], name) is not None]
    cells = [[format(getattr(row, name), _FORMATS[name]) for name in known] for row in rows]
    header = [name.replace("_", "\n_") for name in known]
    return f"{tabulated(header, cells, words=2)}\n\n{summary(planned, speed)}\n"


def render_compared(runs: Sequence[PlannedRun], speed: Speed | None = None) -> str:
    """Shares and repeats under each sampler, then totals, time and cost, and loss weights."""
    passes = {run.exp.sampler.name: _with_sums(run.first_pass) for run in runs}
    names = list(passes)
    parts = [names[i : i + _BESIDE] for i in range(0, len(names), _BESIDE)]
    tables = [_beside({name: passes[name] for name in part}) for part in parts]
    hold = runs[0].plan.hold
    header = [
        "sampler", "a pass", "hours", "utterances", "tokens", "steps", "passes", "padding",
        "utterances\na step", "language\nentropy", "steps that\nmiss one", "hours of\ntraining",
        "cost",
    ]  # fmt: skip
    lines = [_totals(run, speed) for run in runs]
    known = [i for i in range(len(header)) if any(line[i] for line in lines)]
    totals = tabulated([header[i] for i in known], [[line[i] for i in known] for line in lines], 1)
    title = f"runs held to {hold.amount:g} {hold.quantity}; padding and steps that miss in percent"
    if speed is not None:
        title += f";\ntraining at {speed}"
    weights = weights_table(
        {run.exp.sampler.name: language_weights(run) for run in runs}, "sampler"
    )
    told = filter(None, map(forecast, runs))
    return "\n\n".join(filter(None, [*tables, f"{title}\n{totals}", weights, *told])) + "\n"


def as_csv(planned: PlannedRun) -> str:
    """The first pass as CSV, a row per corpus."""
    return comma_separated([field.name for field in fields(Row)], map(_plain, planned.first_pass))


def as_csv_compared(runs: Sequence[PlannedRun]) -> str:
    """The first passes of several samplers as one CSV, with the sampler as first column."""
    header = ["sampler", *(field.name for field in fields(Row))]
    lines = ([run.exp.sampler.name, *_plain(row)] for run in runs for row in run.first_pass)
    return comma_separated(header, lines)


def _with_sums(rows: Sequence[Row]) -> list[Row]:
    """Rows of sums: each language before its corpora, and all corpora at the end."""
    lines = []
    for language, own in by_language(rows).items():
        lines += [summed(own, language), *own]
    return [*lines, summed(rows, "all")]


def _beside(passes: Mapping[str, Sequence[Row]]) -> str:
    names = ("language", "dataset", "utterances", "hours")
    header = [*names]
    for name in passes:
        header += [f"{name}\nshare", "\nrepeats"]
    cells = []
    for rows in zip(*passes.values(), strict=True):
        common = [format(getattr(rows[0], name), _FORMATS[name]) for name in names]
        cells.append(common + [text for row in rows for text in (_share(row), _repeats(row))])
    return tabulated(header, cells, words=2)


def _share(row: Row) -> str:
    return format(row.share, _FORMATS["share"])


def _repeats(row: Row) -> str:
    return format(row.repeats, _FORMATS["repeats"])


def _totals(run: PlannedRun, speed: Speed | None) -> list[str]:
    """The totals of a run under one sampler; unknown cells are empty."""
    done, mixed = run.plan.totals, mix_of_steps(run)
    hours = None if speed is None else speed.hours(run)
    return [
        run.exp.sampler.name,
        f"{sum(run.plan.draws[0].counts):,}",
        f"{done.audio_hours:,.1f}",
        f"{done.utterances:,}",
        "" if done.supervised_tokens is None else f"{done.supervised_tokens:,}",
        f"{done.steps:,}",
        f"{run.plan.passes:.2f}",
        f"{100 * done.padding:.1f}",
        f"{mixed.utterances:,.1f}",
        f"{mixed.entropy:.3f}",
        f"{100 * mixed.missing:.1f}",
        "" if hours is None else f"{hours:,.2f}",
        money(cost(hours, run.exp.trainer.price_per_hour)),
    ]


def _plain(row: Row) -> list[str | int | float | None]:
    return [round(v, 4) if isinstance(v, float) else v for v in astuple(row)]
