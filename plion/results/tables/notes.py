"""Notes below the tables of a study: how its figures were made, and what is missing."""

from collections import Counter
from collections.abc import Mapping, Sequence

from plion.results.analysis.rates import run_rates, sample
from plion.results.reading.budget_axis import BUDGET
from plion.results.reading.study import Run, Study
from plion.results.tuning.tables import tuned_note
from plion.scoring.statistics.averages import MACRO
from plion.scoring.statistics.bootstrap import grouped
from plion.scoring.statistics.estimate import ONE_SEED, Over
from plion.scoring.statistics.rate import FEW_NOTE, unknown_notes
from plion.scoring.statistics.resampled import REPLICATES
from plion.text.metrics import METRICS, Metric
from plion.text.normalize import resolve_profile, sentence
from plion.text.profiles import PROFILES

_COMMIT = 10  # digits of a commit that are shown


def reading_notes(study: Study) -> list[str]:
    """Notes on the rates of a study: how to read them, their provenance, and missing ones."""
    scored = [run for run in study.runs if run.scores]
    notes = []
    if scored:
        notes.append(
            f"Errors in percent ({_metrics(scored[0])}), profile {scored[0].profile}, "
            f"suite {study.suite}; macro: plain mean over n test sets. {intervals_note(study)} "
            f"From {REPLICATES:,} bootstrap replicates of clusters within each set: "
            f"{_resampled(scored[0])}."
        )
        notes += profile_remarks(scored[0])
        made = [named for run in scored for named in run_rates(study, run).items()]
        if any(rate.few for name, rate in made if name == MACRO):
            notes.append(FEW_NOTE)
        notes += unknown_notes(made)
    if study.hold and "hold.amount" in study.axes:
        notes.append(f"Held in each run: its hold.amount in {study.hold['quantity']}.")
    elif study.hold and BUDGET in study.axes:
        notes.append(f"Held in each run: its budget in {study.hold['quantity']}.")
    elif study.hold:
        notes.append(f"Equal in every run: {study.hold['amount']:g} {study.hold['quantity']}.")
    notes += tuned_note(study)
    if short := [run for run in scored if run.record.short_of_hold]:
        lacking = ", ".join(f"{run.name} by {_short_of_hold(run)}" for run in short)
        notes.append(f"Short of the held amount, as audio was skipped: {lacking}.")
    if any(run.forced for run in scored):
        notes.append("(forced): told the true language; an oracle, not to be ranked with others.")
    notes += _contexts(scored)
    if scored:
        notes.append(_provenance(scored))
    return [*notes, *missing_notes(study)]


def profile_notes(study: Study) -> list[str]:
    """Notes on metric and profile, for tables without `reading_notes`."""
    scored = [run for run in study.runs if run.scores]
    if not scored:
        return []
    first = scored[0]
    said = f"Profile {first.profile}, suite {study.suite}; errors: {_metrics(first)}."
    return [said, *profile_remarks(first)]


def intervals_note(study: Study) -> str:
    """A note on what the 95 % intervals cover; empty if no run has a macro average.

    States the commonest case first and names the runs that differ.
    """
    overs: dict[Over, list[str]] = {}
    for run in study.runs:
        if MACRO in (made := run_rates(study, run)):
            overs.setdefault(made[MACRO].over, []).append(run.title)
    if not overs:
        return ""
    first, *others = sorted(overs, key=lambda over: -len(overs[over]))
    said = [f"95 % intervals are over {first}"]
    said += [f"of {', '.join(overs[over])} over {over}" for over in others]
    alone = " What another seed would change is not in them." if first == ONE_SEED else ""
    return f"{'; '.join(said)}.{alone}"


def missing_notes(study: Study) -> list[str]:
    """Notes on runs without figures, and how to restore damaged ones."""
    without = [run for run in study.runs if not run.scores]
    if not without:
        return []
    listed = ", ".join(f"{run.name} ({run.status})" for run in without)
    said = f"{len(without)} of {len(study.runs)} runs have no figures: {listed}."
    return [said, *(run.damage for run in without if run.damage)]


def footnotes(study: Study, conditions: Mapping[Run, str]) -> tuple[dict[Run, str], list[str]]:
    """The footnote mark of each run in `conditions`, and the footnotes."""
    odd = [run for run in study.runs if run in conditions]
    marks = {run: f" [{number}]" for number, run in enumerate(odd, 1)}
    return marks, [f"[{number}] {conditions[run]}" for number, run in enumerate(odd, 1)]


def profile_remarks(run: Run) -> list[str]:
    """Remarks of a profile on the languages of a run."""
    profile = PROFILES[resolve_profile(run.profile)]
    languages = dict.fromkeys(row.spoken for row in run.benchmarks if row.key in run.scores)
    return [sentence(remark) for remark in filter(None, map(profile.remark, languages))]


def _metrics(run: Run) -> str:
    """The metrics of a run as text: `CER for zh, else WER`."""
    usual = Counter(row.metric for row in run.benchmarks).most_common(1)[0][0]
    others: dict[Metric, dict[str, None]] = {}
    for row in run.benchmarks:
        if row.metric != usual:
            others.setdefault(row.metric, {})[row.language] = None
    named = [f"{METRICS[metric].title} for {', '.join(of)}" for metric, of in others.items()]
    return ", ".join([*named, f"else {METRICS[usual].title}"] if named else [METRICS[usual].title])


def _resampled(run: Run) -> str:
    """Describes the clusters of each test set and their number."""
    groups = grouped([sample([run.scores[key]]) for key in run.rates])
    described: dict[str, list[str]] = {}
    for group in groups:
        for one in group.samples:
            together = ", drawn together" if len(group.samples) > 1 else ""
            described.setdefault(one.resampled.described + together, []).append(one.key)
    return "; ".join(f"{', '.join(named)} {clusters}" for clusters, named in described.items())


def _short_of_hold(run: Run) -> str:
    """The amount missing from a run's hold, `0.02 audio_hours`."""
    hold = run.record.hold
    return f"{run.record.short_of_hold:.4g} {hold.quantity if hold else ''}"


def _contexts(scored: Sequence[Run]) -> list[str]:
    """The note on contexts, if any run has one."""
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


def _provenance(scored: Sequence[Run]) -> str:
    """The note on commits, sources and devices of the runs."""
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
