"""What the intervals and tests of the study cover."""

from plion.report.answers.answer import Answer
from plion.report.records.facts import Facts
from plion.results.analysis.effects import effects
from plion.results.tables.differences.effects import effects_table, simple_effects_table


def answer_certainty(facts: Facts) -> Answer:
    """The tested differences with intervals and corrected p, and what is uncertain in them.

    With simple effects where effects are means over other axes; elsewhere these are the same.
    """
    if facts.search:
        return Answer(["A trial is one run of one seed: its error has no interval."])
    alone = [one.name for one in facts.systems if len(one.runs) == 1]
    sentences = []
    if alone:
        which = "every cell" if len(alone) == len(facts.systems) else "; ".join(alone)
        sentences.append(
            f"One seed alone: {which}. Such intervals are over test utterances, and say nothing of "
            "what another seed would give."
        )
    tables = [effects_table(facts.study, intersect=False)]
    if any(effect.contrast.possible > 1 for effect in effects(facts.study)):
        tables.append(simple_effects_table(facts.study, intersect=False))
    tables = [table for table in tables if table.rows]
    if not tables:
        sentences.append("The study compares nothing: it has no axes.")
    return Answer(sentences, tables)
