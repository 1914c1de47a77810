"""What a run will contain, from its experiment alone: the plan that training follows too."""

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from functools import cached_property
from typing import Literal

import numpy as np
from tabulate import tabulate

from plion.planning.mixing import mixing
from plion.planning.train_sets import TrainSet, Utterances, from_manifests, from_paper, lengths
from plion.sampling.batches import Budget
from plion.sampling.plan import Hold, Plan, plan
from plion.sampling.stream import Stream
from plion.settings import Experiment

Counts = Literal["paper"]


@dataclass(frozen=True)
class Row:
    """One corpus in one pass, the columns of `plan --csv`; `share` and `unseen` in percent."""

    language: str
    dataset: str
    utterances: int
    hours: float
    draws: int
    share: float
    repeats: float
    unseen: float


@dataclass(frozen=True, eq=False)
class PlannedRun:
    """An experiment's training, decided: the corpora, the stream over them, the held run."""

    exp: Experiment
    train_sets: list[TrainSet]
    stream: Stream
    plan: Plan

    @cached_property
    def utterances(self) -> Utterances:
        """The utterances by the plan's numbers."""
        return Utterances(self.train_sets)

    def rows(self) -> list[Row]:
        """The first pass, corpus by corpus in the suite's order."""
        first = self.stream.order(0, self.plan.draws[0])
        drawn = np.bincount(first, minlength=self.stream.offsets[-1])
        parts = np.split(drawn, self.stream.offsets[1:-1])
        return [
            Row(
                language=one.language,
                dataset=one.key,
                utterances=len(part),
                hours=float(one.durations.sum()) / 3600,
                draws=int(part.sum()),
                share=100 * float(part.sum() / drawn.sum()),
                repeats=float(part.mean()),
                unseen=100 * float((part == 0).mean()),
            )
            for one, part in zip(self.train_sets, parts, strict=True)
        ]


def mixture_plan(exp: Experiment, counts: Counts | None = None) -> PlannedRun:
    """Plans an experiment's run from its train manifests, or with `counts` from published figures.

    `counts="paper"` needs no data: sizes are those of Table 1 of arXiv 2603.16184, durations are
    simulated (lognormal about each corpus's mean). Raises InputError for what cannot be planned.
    """
    train_sets = from_paper(exp) if counts == "paper" else from_manifests(exp)
    stream = Stream(
        sizes=tuple(len(one.rows) for one in train_sets),
        seed=exp.seed,
        redraw=exp.sampler.redraw,
        allocation=exp.sampler.allocation,
    )
    planned = plan(
        stream,
        mixing(exp.sampler, [one.statistics for one in train_sets]),
        lengths(train_sets, exp),
        budget=Budget(exp.batch.seconds, exp.batch.utterances, exp.batch.window),
        per_step=exp.batch.per_step,
        hold=Hold(exp.hold.quantity, exp.hold.amount),
        groups=languages(train_sets) if exp.batch.mix == "stratified" else None,
    )
    return PlannedRun(exp, train_sets, stream, planned)


def languages(train_sets: Sequence[TrainSet]) -> np.ndarray:
    """The language of every utterance, as a number in order of appearance."""
    known = list(dict.fromkeys(one.language for one in train_sets))
    own = np.array([known.index(one.language) for one in train_sets], dtype=np.int8)
    return np.repeat(own, [len(one.rows) for one in train_sets])


def render(planned: PlannedRun, as_csv: bool = False) -> str:
    """`plion plan` as text: the pass by language and corpus, then the totals of the held run.

    As CSV: the pass alone, one row a corpus.
    """
    rows = planned.rows()
    if as_csv:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(field.name for field in fields(Row))
        writer.writerows(map(_plain, rows))
        return text.getvalue()
    lines = []
    for language in dict.fromkeys(row.language for row in rows):
        own = [row for row in rows if row.language == language]
        lines += [_sum(own, language, "all"), *own]
    lines.append(_sum(rows, "all", "all"))
    names = [field.name for field in fields(Row)]
    formats = ("s", "s", ",d", ",.2f", ",d", ".1f", ".2f", ".1f")
    align = ("left", "left", *["right"] * 6)
    cells = [[format(v, f) for v, f in zip(astuple(row), formats, strict=True)] for row in lines]
    table = tabulate(cells, names, colalign=align, disable_numparse=True)
    return f"{table}\n\n{totals(planned)}\n"


def totals(planned: PlannedRun) -> str:
    """The held run in a line: what it is held to, and what it comes to."""
    hold, done = planned.plan.hold, planned.plan.totals
    tokens = done.supervised_tokens
    return (
        f"run held to {hold.amount:g} {hold.quantity}: {done.audio_hours:,.2f} h, "
        f"{done.utterances:,} utterances, "
        f"{'supervised tokens unknown' if tokens is None else f'{tokens:,} supervised tokens'}, "
        f"{done.steps:,} steps, {100 * done.padding:.1f} % padding, "
        f"{planned.plan.passes:.2f} passes"
    )


def _plain(row: Row) -> list[str | int | float]:
    return [round(v, 4) if isinstance(v, float) else v for v in astuple(row)]


def _sum(rows: Sequence[Row], language: str, dataset: str) -> Row:
    """Several corpora as one row."""
    utterances, drawn = (sum(getattr(r, name) for r in rows) for name in ("utterances", "draws"))
    unseen = sum(row.unseen * row.utterances for row in rows) / utterances
    return Row(
        language=language,
        dataset=dataset,
        utterances=utterances,
        hours=sum(row.hours for row in rows),
        draws=drawn,
        share=sum(row.share for row in rows),
        repeats=drawn / utterances,
        unseen=unseen,
    )
