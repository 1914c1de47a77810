"""What was compared, on how many seeds."""

from collections.abc import Iterator

from plion.report.answer import Answer
from plion.report.facts import Facts, distinct
from plion.typesetting.table import Table


def answer_design(facts: Facts) -> Answer:
    """The question, what varies between the cells, what is held equal, and the seeds."""
    study = facts.study
    rows = [[axis, ", ".join(labels)] for axis, labels in study.axes.items()]
    if study.variants:
        rows.append(["variants", ", ".join(study.variants)])
    varied = Table("What varies", ["axis", "values"], rows, words=2)
    return Answer(list(_sentences(facts)), [varied] if rows else [])


def _sentences(facts: Facts) -> Iterator[str]:
    study = facts.study
    if study.question:
        yield f"Question: {study.question}"
    for hold in distinct(run.record.hold for run in facts.trained):
        yield f"Every run is trained on {hold.amount:g} {hold.quantity.replace('_', ' ')}."
    seeds: dict[tuple[int, ...], list[str]] = {}
    for system in facts.systems:
        own = tuple(run.seed for run in system.runs if run.seed is not None)
        seeds.setdefault(own, []).append(system.name)
    for own, names in seeds.items():
        which = "Each cell" if len(seeds) == 1 and len(names) > 1 else "; ".join(names)
        yield f"{which} has {len(own)} run{'s' * (len(own) > 1)}, of seed {_and(own)}."
    yield (
        "A seed sets the order of utterances, augmentation and dropout; the corpora, their splits "
        "and the base model's weights are the same for all."
    )


def _and(seeds: tuple[int, ...]) -> str:
    return ", ".join(map(str, seeds)) or "not recorded"
