"""What was compared, on how many seeds."""

from collections.abc import Iterator
from typing import Any

from plion.report.answers.answer import Answer
from plion.report.records.facts import Facts, distinct
from plion.report.records.search import Search
from plion.typesetting.table import Table


def answer_design(facts: Facts) -> Answer:
    """The question, what varies between the cells, what is held equal, and the seeds."""
    if facts.search:
        return _search_answer(facts, facts.search)
    study = facts.study
    rows = [[axis, ", ".join(labels)] for axis, labels in study.axes.items()]
    if study.variants:
        rows.append(["variants", ", ".join(study.variants)])
    varied = Table("What varies", ["axis", "values"], rows, words=2)
    return Answer(list(_sentences(facts)), [varied] if rows else [])


def _search_answer(facts: Facts, search: Search) -> Answer:
    """How the trials of a sweep were proposed, and each with its validation error."""
    keys = list(search.bounds)
    rows = [
        [
            *(str(one.number), one.state, "" if one.error is None else f"{one.error:.2f}"),
            *(_value(one.settings.get(key)) for key in keys),
        ]
        for one in search.trials
    ]
    proposed = "at random" if search.proposals == "random" else f"by {search.proposals}"
    told = [
        f"{search.wanted} trials were asked for, and proposed {proposed}, {search.parallel} at a "
        f"time, under seed {search.seed}; they are judged by {search.metric}.",
        *_held(facts),
        "Test sets are not decoded in a search.",
    ]
    return Answer(told, [Table("Trials", ["trial", "state", "error", *keys], rows, words=2)])


def _value(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else "" if value is None else str(value)


def _held(facts: Facts) -> Iterator[str]:
    """The amounts that runs are trained on, which are equal unless the study varies them."""
    amounts: dict[str, list[str]] = {}
    for hold in distinct(run.record.hold for run in facts.trained):
        amounts.setdefault(hold.quantity.replace("_", " "), []).append(f"{hold.amount:g}")
    held = [f"{' or '.join(own)} {quantity}" for quantity, own in amounts.items()]
    if held:
        yield f"Every run is trained on {' or '.join(held)}."


def _sentences(facts: Facts) -> Iterator[str]:
    study = facts.study
    if study.question:
        yield f"Question: {study.question}"
    yield from _held(facts)
    seeds: dict[tuple[int, ...], list[str]] = {}
    for system in facts.systems:
        own = tuple(run.seed for run in system.runs if run.seed is not None)
        seeds.setdefault(own, []).append(system.name)
    cells = {tuple(run.labels.items()) for run in study.runs if run.labels}
    for own, names in seeds.items():
        which = "; ".join(names)
        if len(seeds) == 1 and len(names) > 1:
            some = len(names) < len(cells)
            which = (
                f"Of {len(cells)} cells {len(names)} have figures; each" if some else "Each cell"
            )
        yield f"{which} has {len(own)} run{'s' * (len(own) > 1)}, of seed {_and(own)}."
    yield (
        "A seed sets the order of utterances, augmentation and dropout; the corpora, their splits "
        "and the base model's weights are the same for all."
    )


def _and(seeds: tuple[int, ...]) -> str:
    return ", ".join(map(str, seeds)) or "not recorded"
