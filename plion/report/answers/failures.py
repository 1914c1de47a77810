"""What failed, was tried again, or is missing."""

from collections.abc import Iterator

from plion.report.answer import Answer
from plion.report.facts import Facts
from plion.results.reading.study import Run
from plion.typesetting.table import Table


def answer_failures(facts: Facts) -> Answer:
    """Runs that have no figures and why, runs begun more than once, steps left out."""
    without = [run for run in facts.runs if not run.scores]
    rows = [[run.name, run.status, run.record.error or run.damage] for run in without]
    told = list(_troubles(facts))
    if not rows and not told:
        told = [f"None of the {len(facts.runs)} runs failed, was resumed or left out a step."]
    tables = [Table("Runs without figures", ["run", "status", "why"], rows, words=3)]
    missing = [f"{len(without)} of {len(facts.runs)} runs have no figures"] if without else []
    missing += facts.lacking("how often it was begun", facts.trained, "attempts")
    return Answer(told, tables if rows else [], missing)


def _troubles(facts: Facts) -> Iterator[str]:
    for run in facts.runs:
        yield from _of(run)


def _of(run: Run) -> Iterator[str]:
    known = run.record
    if (known.attempts or 1) > 1:
        yield f"{run.name} was begun {known.attempts} times and went on from its checkpoints."
    if known.skipped_steps:
        yield f"{run.name} left out {known.skipped_steps:,} steps that were not finite."
    if known.short_of_hold:
        yield f"{run.name} ended {known.short_of_hold:.4g} short of the held amount: bad audio."
