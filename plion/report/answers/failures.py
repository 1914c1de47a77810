"""What failed, was tried again, or is missing."""

from collections.abc import Iterator

from plion.report.answers.answer import Answer
from plion.report.records.facts import Facts
from plion.results.reading.study import Run
from plion.typesetting.table import Table


def answer_failures(facts: Facts) -> Answer:
    """Runs that have no figures and why, runs begun more than once, steps left out."""
    done = facts.trained if facts.search else [run for run in facts.runs if run.scores]
    without = [run for run in facts.runs if run not in done]
    rows = [[run.name, run.status, run.record.error or run.damage] for run in without]
    told = [*_failed_trials(facts), *_troubles(facts)]
    if not rows and not told:
        begun = all(run.record.attempts for run in facts.trained)
        resumed = "failed, was resumed or" if begun else "failed or"
        told = [f"None of the {len(facts.runs)} runs {resumed} left out a step."]
    tables = [Table("Runs without figures", ["run", "status", "why"], rows, words=3)]
    lacks = without and not facts.search  # a trial may fail or be pruned
    missing = [f"{len(without)} of {len(facts.runs)} runs have no figures"] if lacks else []
    missing += facts.lacking("how often it was begun", facts.trained, "attempts")
    return Answer(told, tables if rows else [], missing)


def _failed_trials(facts: Facts) -> Iterator[str]:
    trials = facts.search.trials if facts.search else ()
    for one in trials:
        if one.state == "failed":
            yield f"Trial {one.number} failed: {one.reason or 'no reason recorded'}."
    for arm in facts.study.tuning.arms if facts.study.tuning else ():
        if failed := sum(trial.failed for trial in arm.trials):
            yield f"{failed} of {len(arm.trials)} trials of {arm.name} failed."
    if pruned := sum(one.state == "pruned" for one in trials):
        yield f"{pruned} of {len(trials)} trials were pruned by their validation errors."


def _troubles(facts: Facts) -> Iterator[str]:
    for run in facts.runs:
        yield from _of(run)


def _of(run: Run) -> Iterator[str]:
    known = run.record
    if (known.attempts or 1) > 1:
        yield (
            f"{run.name} was begun {known.attempts} times: it was stopped, or trained first and "
            "tested later."
        )
    if known.skipped_steps:
        yield f"{run.name} left out {known.skipped_steps:,} steps that were not finite."
    if known.short_of_hold:
        yield f"{run.name} ended {known.short_of_hold:.4g} short of the held amount: bad audio."
