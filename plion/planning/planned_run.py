"""What a run will contain, from its experiment alone: the plan that training follows too."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from plion.config.schema import Experiment, Schedule
from plion.errors import InputError, suggest
from plion.planning import passes
from plion.planning.mixing import mixing
from plion.planning.train_sets import TrainSet, Utterances, from_manifests, from_paper, lengths
from plion.sampling.batches import Budget
from plion.sampling.plan import Hold, Plan, plan
from plion.sampling.policies import POLICIES
from plion.sampling.stream import Stream

Counts = Literal["paper"]


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

    @cached_property  # the table and the chart show the same
    def first_pass(self) -> list[passes.Row]:
        """The first pass, corpus by corpus in the suite's order."""
        own = lengths(self.train_sets, self.exp)
        return passes.first_pass(
            self.train_sets, self.stream, self.plan.draws[0], own, budget=budget(self.exp)
        )

    @property
    def languages(self) -> list[str]:
        """In order of appearance; `language_of` counts them from 0."""
        return list(dict.fromkeys(one.language for one in self.train_sets))

    @property
    def repeats(self) -> dict[str, float]:
        """How often the whole run draws an utterance of each corpus, on average."""
        corpus = self.stream.corpus_of(self.plan.numbers)
        drawn = np.bincount(corpus, minlength=len(self.train_sets))
        pairs = zip(self.train_sets, drawn.tolist(), strict=True)
        return {one.key: count / len(one.rows) for one, count in pairs}

    @property
    def too_long(self) -> int:
        """Utterances that are left out as no batch can hold them (batch.too_long=skip)."""
        return sum(one.too_long for one in self.train_sets)


def mixture_plan(exp: Experiment, counts: Counts | None = None) -> PlannedRun:
    """Plans an experiment's run from its train manifests, or with `counts` from published figures.

    `counts="paper"` needs no data: sizes are those of Table 1 of arXiv 2603.16184, durations are
    simulated (lognormal about each corpus's mean). Raises InputError for what cannot be planned.
    """
    return _planned(exp, _train_sets(exp, counts))


def compared(exp: Experiment, names: str, counts: Counts | None = None) -> list[PlannedRun]:
    """The run under each of several samplers, named with commas between; else it is the same.

    `all` names every policy, `fixed` where the experiment has weights. A schedule belongs to the
    experiment's own sampler and to no other. Raises InputError as `mixture_plan` does, and for an
    unknown name.
    """
    train_sets = _train_sets(exp, counts)
    return [_planned(_under(exp, name), train_sets) for name in _policies(names, exp)]


def budget(exp: Experiment) -> Budget:
    """What a batch of training may hold."""
    return Budget(exp.batch.seconds, exp.batch.utterances, exp.batch.window)


def language_of(train_sets: Sequence[TrainSet]) -> np.ndarray:
    """The language of every utterance, as a number in order of appearance."""
    known = list(dict.fromkeys(one.language for one in train_sets))
    own = np.array([known.index(one.language) for one in train_sets], dtype=np.int8)
    return np.repeat(own, [len(one.rows) for one in train_sets])


def _train_sets(exp: Experiment, counts: Counts | None) -> list[TrainSet]:
    return from_paper(exp) if counts == "paper" else from_manifests(exp)


def _planned(exp: Experiment, train_sets: list[TrainSet]) -> PlannedRun:
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
        budget=budget(exp),
        per_step=exp.batch.per_step,
        hold=Hold(exp.hold.quantity, exp.hold.amount),
        groups=language_of(train_sets) if exp.batch.mix == "stratified" else None,
    )
    return PlannedRun(exp, train_sets, stream, planned)


def _policies(names: str, exp: Experiment) -> list[str]:
    if names == "all":
        return [name for name in POLICIES if name != "fixed" or exp.sampler.fixed.weights]
    asked = list(dict.fromkeys(name.strip() for name in names.split(",")))
    for name in asked:
        if name not in POLICIES:
            raise InputError(f"--compare: unknown sampler '{name}' {suggest(name, POLICIES)}")
    return asked


def _under(exp: Experiment, name: str) -> Experiment:
    sampler = replace(exp.sampler, name=name)
    if name != exp.sampler.name:
        sampler.schedule = Schedule()
    return replace(exp, sampler=sampler)
