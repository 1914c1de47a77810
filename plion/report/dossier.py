"""`plion report STUDY --checklist`: what a study's records answer of publishers' checklists."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from plion.report.answers.answer import Answer
from plion.report.checklist import ITEMS, YOURS, Item
from plion.report.records.facts import read_facts
from plion.typesetting.formats import Format, typeset

_WIDTH = 100  # characters of a line of text


def dossier(path: Path, format: Format = "table") -> tuple[str, int]:
    """The dossier of a study's or a run's folder as text, and the exit status.

    The status is 1 if an item lacks what a run could have recorded, else 0. Raises InputError as
    `read_facts`.
    """
    facts = read_facts(path)
    answers = [(item, item.answer(facts)) for item in ITEMS]
    yours = (f"{one} ({asked})" for one, asked in YOURS)
    parts = [
        _heading(f"Checklist of {facts.study.label}", format, level=1),
        _summary(answers),
        *("\n\n".join(_section(item, answer, format)) for item, answer in answers),
        _heading("Yours to answer", format),
        _list(yours),
    ]
    return "\n\n".join(parts), int(any(answer.missing for _, answer in answers))


def _summary(answers: Sequence[tuple[Item, Answer]]) -> str:
    lacking = [item.question for item, answer in answers if answer.missing]
    told = f"The records answer {len(answers) - len(lacking)} of {len(answers)} items in full"
    if lacking:
        told += f"; something is not recorded of: {' '.join(lacking)}"
    else:
        told += "."
    return textwrap.fill(f"{told} {len(YOURS)} more are yours to answer, at the end.", _WIDTH)


def _section(item: Item, answer: Answer, format: Format) -> Iterator[str]:
    yield _heading(f"{item.question} ({item.asked})", format)
    if answer.sentences:
        yield "\n".join(textwrap.fill(one, _WIDTH) for one in answer.sentences)
    if answer.tables:
        yield typeset([table for table in answer.tables if table.rows], format)
    if answer.missing:
        yield _list(f"not recorded: {one}" for one in answer.missing)


def _heading(text: str, format: Format, *, level: int = 2) -> str:
    if format == "md":
        return f"{'#' * level} {text}"
    return f"{text}\n{('=' if level == 1 else '-') * len(text)}"


def _list(lines: Iterable[str]) -> str:
    return "\n".join(textwrap.fill(f"- {line}", _WIDTH, subsequent_indent="  ") for line in lines)
