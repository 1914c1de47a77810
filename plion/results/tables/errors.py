"""What is shown of a study, table by table; `plion.typesetting.formats` prints them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from plion.results.analysis.rates import intervals_note, run_rates, sample
from plion.results.analysis.recount import change
from plion.results.reading.study import Run, Study
from plion.scoring.statistics.averages import LANGUAGE_MEAN, MACRO, WORST_LANGUAGE
from plion.scoring.statistics.bootstrap import grouped
from plion.scoring.statistics.estimate import ends
from plion.scoring.statistics.intervals import REPLICATES
from plion.scoring.statistics.rate import (
    FEW_NOTE,
    PICKED_NOTE,
    Rate,
    few_note,
    printed,
    unknown_notes,
)
from plion.text.languages import METRICS, Metric
from plion.text.normalize import resolve_profile, sentence
from plion.text.profiles import PROFILES
from plion.typesetting.table import Table

AVERAGES = ["macro", "interval", "n", "language mean", "worst language"]
_LATENCY = ("latency_mean", "latency_std")
_COMMIT = 10  # digits of a commit that are shown
# What changes the bits of a training. Processors do: their kernels add up in another order.
_CONDITIONS = ("source", "device", "processor", "capability", "attention")


def other_conditions(runs: Sequence[Run]) -> dict[Run, str]:
    """The scored runs that were not made under the commonest conditions, and how they differ.

    Conditions are those of `_CONDITIONS`; what a run of an earlier version does not say is unknown.
    """
    conditions = {
        run: tuple(str(getattr(run.record, name) or "unknown") for name in _CONDITIONS)
        for run in runs
        if run.scores
    }
    if not conditions:
        return {}
    common = Counter(conditions.values()).most_common(1)[0][0]
    return {
        run: ", ".join(
            f"{name} {value} (others {other})"
            for name, value, other in zip(_CONDITIONS, own, common, strict=True)
            if value != other
        )
        for run, own in conditions.items()
        if own != common
    }


def rates_table(study: Study, conditions: Mapping[Run, str]) -> Table:
    """Every run's rates in the suite's order, then the averages; a footnote for `conditions`."""
    keys = list(dict.fromkeys(row.key for run in study.runs for row in run.benchmarks))
    marks, notes = footnotes(study, conditions)
    rows = [_rates_row(study, run, keys, run.title + marks.get(run, "")) for run in study.runs]
    return Table(
        title=study_title(study),
        header=["run", *keys, *AVERAGES],
        rows=rows,
        notes=[*reading_notes(study), *notes],
    )


def study_title(study: Study) -> str:
    """An ablation's name and question, or what single runs have in common."""
    return f"{study.name}: {study.question}" if study.name else f"Runs on {study.suite}"


def footnotes(study: Study, conditions: Mapping[Run, str]) -> tuple[dict[Run, str], list[str]]:
    """The mark of each of a study's runs that has `conditions`, and what the marks say."""
    odd = [run for run in study.runs if run in conditions]
    marks = {run: f" [{number}]" for number, run in enumerate(odd, 1)}
    return marks, [f"[{number}] {conditions[run]}" for number, run in enumerate(odd, 1)]


def averages_table(study: Study, named: Iterable[tuple[str, Mapping[str, Rate]]]) -> Table:
    """The averages by language of each run or cell with their intervals, by its name."""
    rows = [
        [name, printed(made[LANGUAGE_MEAN]), _worst(made)] for name, made in named if MACRO in made
    ]
    header = ["run", "language mean", "worst language"]
    notes = [intervals_note(study), PICKED_NOTE, *few_note(row[1:2] for row in rows)]
    return Table("Averages by language, in percent, with 95 % intervals", header, rows, notes)


def _worst(made: Mapping[str, Rate]) -> str:
    return f"{made[WORST_LANGUAGE].language} {made[WORST_LANGUAGE].value:.2f}"


def _rates_row(study: Study, run: Run, keys: Sequence[str], label: str) -> list[str]:
    if not run.scores:
        return [label, *[""] * len(keys), run.status, *[""] * (len(AVERAGES) - 1)]
    made = run_rates(study, run)
    rates = [f"{made[key].value:.2f}" if key in made else "" for key in keys]
    n = run.coverage
    if MACRO not in made:
        return [label, *rates, "", "", n, "", ""]
    return [label, *rates, f"{made[MACRO].value:.2f}", *average_cells(made, n)]


def average_cells(made: Mapping[str, Rate], n: str) -> list[str]:
    """What stands beside the macro average: its interval, n, and the averages by language.

    The intervals of the last are in `averages_table`, or the table would be too wide.
    """
    macro = made[MACRO]
    return [
        ends(macro.low, macro.high, few=macro.few),
        n,
        f"{made[LANGUAGE_MEAN].value:.2f}",
        _worst(made),
    ]


def _metrics(run: Run) -> str:
    """What the errors are of: `CER for zh, else WER`."""
    usual = Counter(row.metric for row in run.benchmarks).most_common(1)[0][0]
    others: dict[Metric, dict[str, None]] = {}
    for row in run.benchmarks:
        if row.metric != usual:
            others.setdefault(row.metric, {})[row.language] = None
    named = [f"{METRICS[metric]} for {', '.join(of)}" for metric, of in others.items()]
    return ", ".join([*named, f"else {METRICS[usual]}"] if named else [METRICS[usual]])


def reading_notes(study: Study) -> list[str]:
    scored = [run for run in study.runs if run.scores]
    notes = []
    if scored:
        notes.append(
            f"Errors in percent ({_metrics(scored[0])}), profile {scored[0].profile}, "
            f"suite {study.suite}; macro: plain mean over n test sets. {intervals_note(study)} "
            f"From {REPLICATES:,} bootstrap replicates of clusters within each set: "
            f"{_resampled(scored[0])}."
        )
        notes += _remarks(scored[0])
        made = [named for run in scored for named in run_rates(study, run).items()]
        if any(rate.few for name, rate in made if name == MACRO):
            notes.append(FEW_NOTE)
        notes += unknown_notes(made)
    if study.hold:
        notes.append(f"Equal in every run: {study.hold['amount']:g} {study.hold['quantity']}.")
    if short := [run for run in scored if run.record.short_of_hold]:
        lacking = ", ".join(f"{run.name} by {_short_of_hold(run)}" for run in short)
        notes.append(f"Short of the held amount, as audio was skipped: {lacking}.")
    if any(run.forced for run in scored):
        notes.append("(forced): told the true language; an oracle, not to be ranked with others.")
    notes += _contexts(scored)
    if scored:
        notes.append(_provenance(scored))
    return [*notes, *missing_notes(study), *_earlier_notes(study)]


def _contexts(scored: Sequence[Run]) -> list[str]:
    """What runs were told before every utterance, where any was told something."""
    told: dict[str, list[str]] = {}
    for run in scored:
        told.setdefault(run.record.context or "", []).append(run.title)
    if not any(told):
        return []
    named = [
        (f"{', '.join(titles)} " if len(told) > 1 else "") + (repr(text) if text else "none")
        for text, titles in told.items()
    ]
    return [f"Context before every utterance: {'; '.join(named)}."]


def missing_notes(study: Study) -> list[str]:
    """Which runs have no figures, and how those are mended that lost theirs."""
    without = [run for run in study.runs if not run.scores]
    if not without:
        return []
    listed = ", ".join(f"{run.name} ({run.status})" for run in without)
    said = f"{len(without)} of {len(study.runs)} runs have no figures: {listed}."
    return [said, *(run.damage for run in without if run.damage)]


def _earlier_notes(study: Study) -> list[str]:
    """Which runs have a record of an earlier form, where any has."""
    earlier = dict.fromkeys(run.name for run in study.runs if run.record.earlier_form)
    if not earlier:
        return []
    return [
        f"Records of an earlier form, read as before: {', '.join(earlier)}. `plion train` with the "
        "same settings makes a new run, as their hash is of that form too."
    ]


def _provenance(scored: Sequence[Run]) -> str:
    """What made the runs, each that there is."""
    commits = [
        f"{run.record.commit[:_COMMIT]}{' (dirty)' if run.record.dirty else ''}"
        for run in scored
        if run.record.commit
    ]
    sources, devices = (
        [one for run in scored if (one := getattr(run.record, name))]
        for name in ("source", "device")
    )
    named = {"commit": commits, "source": sources, "device": devices}
    said = [f"{name} {' and '.join(dict.fromkeys(own))}" for name, own in named.items() if own]
    return f"Runs of {', '.join(said) or 'unknown source'}."


def profile_notes(study: Study) -> list[str]:
    """What the errors are of and under what profile, where `reading_notes` is not said."""
    scored = [run for run in study.runs if run.scores]
    if not scored:
        return []
    first = scored[0]
    said = f"Profile {first.profile}, suite {study.suite}; errors: {_metrics(first)}."
    return [said, *_remarks(first)]


def _remarks(run: Run) -> list[str]:
    """What is to be said of a profile's figures in the languages of a run."""
    profile = PROFILES[resolve_profile(run.profile)]
    languages = dict.fromkeys(row.spoken for row in run.benchmarks if row.key in run.scores)
    return [sentence(remark) for remark in filter(None, map(profile.remark, languages))]


def _short_of_hold(run: Run) -> str:
    """What a run lacks of its hold, `0.02 audio_hours`."""
    hold = run.record.hold
    return f"{run.record.short_of_hold:.4g} {hold.quantity if hold else ''}"


def _resampled(run: Run) -> str:
    """What the clusters of each test set are, and how many there are."""
    groups = grouped([sample([run.scores[key]]) for key in run.rates])
    described: dict[str, list[str]] = {}
    for group in groups:
        for one in group.samples:
            together = ", drawn together" if len(group.samples) > 1 else ""
            described.setdefault(one.resampled.described + together, []).append(one.key)
    return "; ".join(f"{', '.join(named)} {clusters}" for clusters, named in described.items())


def cost_table(study: Study) -> Table:
    """Every run's error against what its training cost; no rows where no price was given."""
    trained = [run for run in study.runs if not run.again and run.record.cost is not None]
    rows = [_cost_row(study, run) for run in trained]
    header = ["run", "macro", "against base", "n", "audio h", "train h", "audio s/s", "cost"]
    note = "Of training alone: validation and test are neither in its hours nor in its cost."
    title = "Error in percent against the cost of training"
    notes = [note, intervals_note(study), *few_note(row[1:3] for row in rows)]
    return Table(title, header, rows, notes)


def latency_table(study: Study) -> Table:
    """Every run's speed of decoding; no rows where latency was not measured."""
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
