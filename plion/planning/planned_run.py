"""Plans a run from its experiment: corpora, draws and batches, which training follows exactly."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from plion.config.schema import Experiment
from plion.errors import InputError, suggest
from plion.planning import passes
from plion.planning.mixing import mixing
from plion.planning.train_sets import from_manifests, from_paper
from plion.planning.utterances import TrainSet, Utterances, lengths
from plion.sampling.adaptive import Adaptive, Replay, Shares
from plion.sampling.batches import Budget
from plion.sampling.clip_cost import ClipCost
from plion.sampling.mixture import sized
from plion.sampling.plan import Plan
from plion.sampling.planner import plan
from plion.sampling.policies import POLICIES
from plion.sampling.policy import Corpus
from plion.sampling.settings import Schedule
from plion.sampling.stream import Stream

Counts = Literal["paper"]


@dataclass(eq=False)
class PlannedRun:
    """A planned training run: its corpora, the stream of draws over them, its batches.

    `plan` is replaced while an adaptive sampler decides pass after pass (`follow`), and nothing
    else is. What it held for decided stays as it is.
    """

    exp: Experiment
    train_sets: list[TrainSet]
    stream: Stream
    plan: Plan

    def follow(self, decided: Sequence[Shares]) -> None:
        """Plans anew with the shares of languages that are decided, of pass after pass."""
        self.plan = _plan(self.exp, self.train_sets, self.stream, decided)

    @property
    def measured(self) -> list[Corpus]:
        """The corpora with their sizes in the sampler's unit, as its policy sees them."""
        return _measured(self.exp, self.train_sets)

    @cached_property
    def expected_steps(self) -> int:
        """Steps of the run, if its shares stay those of the first pass.

        Validations and checkpoints are spaced by it: it is the same for a run with an adaptive
        sampler, which does not know its steps beforehand, and for one that replays it.
        """
        first = _first_shares(self.exp, self.train_sets)
        if not first:
            return self.plan.steps
        return _plan(self.exp, self.train_sets, self.stream, first).steps

    @cached_property
    def utterances(self) -> Utterances:
        """The utterances, indexed by the plan's numbers."""
        return Utterances(self.train_sets)

    @cached_property  # for both the table and the chart
    def first_pass(self) -> list[passes.Row]:
        """The first pass, a row per corpus in the suite's order."""
        own = lengths(self.train_sets, self.exp)
        return passes.first_pass(
            self.train_sets, self.stream, self.plan.draws[0], own, budget=budget(self.exp)
        )

    @property
    def clip_cost(self) -> ClipCost:
        """The cost of a clip for the model."""
        return self.train_sets[0].clip_cost

    @property
    def languages(self) -> list[str]:
        """Languages in order of appearance, as numbered by `language_of`."""
        return list(dict.fromkeys(one.language for one in self.train_sets))

    @property
    def repeats(self) -> dict[str, float]:
        """Mean draws per utterance of each corpus over the whole run."""
        corpus = self.stream.corpus_of(self.plan.numbers)
        drawn = np.bincount(corpus, minlength=len(self.train_sets))
        pairs = zip(self.train_sets, drawn.tolist(), strict=True)
        return {one.key: count / len(one.rows) for one, count in pairs}

    @property
    def too_long(self) -> int:
        """Number of utterances left out because no batch holds them (batch.too_long=skip)."""
        return sum(one.too_long for one in self.train_sets)


def mixture_plan(exp: Experiment, counts: Counts | None = None) -> PlannedRun:
    """Plans an experiment's run from its train manifests, or with `counts` from published sizes.

    `counts="paper"` needs no data: sizes are those of Table 1 of arXiv 2603.16184, durations are
    simulated (lognormal around each corpus's mean). Raises InputError for missing or invalid data
    and for settings that no run can satisfy.
    """
    return planned_on(exp, train_sets_of(exp, counts))


def plan_samplers(exp: Experiment, names: str, counts: Counts | None = None) -> list[PlannedRun]:
    """Plans the run under several samplers, given as comma-separated `names`.

    `all` means every policy whose parameters are complete (`fixed` only if the experiment has
    weights). A schedule applies only to the experiment's own sampler. Raises InputError as
    `mixture_plan` does, and for an unknown name.
    """
    train_sets = train_sets_of(exp, counts)
    return [planned_on(_under(exp, name), train_sets) for name in _policies(names, exp)]


def budget(exp: Experiment) -> Budget:
    """The limits of a training batch, from the settings."""
    return Budget(exp.batch.seconds, exp.batch.utterances, exp.batch.window)


def language_of(train_sets: Sequence[TrainSet]) -> np.ndarray:
    """The language of every utterance (utterances,), as a number in order of appearance."""
    known = list(dict.fromkeys(one.language for one in train_sets))
    own = np.array([known.index(one.language) for one in train_sets], dtype=np.int8)
    return np.repeat(own, [len(one.rows) for one in train_sets])


def train_sets_of(exp: Experiment, counts: Counts | None = None) -> list[TrainSet]:
    """The corpora that an experiment's run draws from; `counts` and errors as `mixture_plan`."""
    return from_paper(exp) if counts == "paper" else from_manifests(exp)


def planned_on(exp: Experiment, train_sets: list[TrainSet]) -> PlannedRun:
    """Plans a run over its corpora, which several may share; errors as `mixture_plan`."""
    stream = Stream(
        sizes=tuple(len(one.rows) for one in train_sets),
        seed=exp.seed,
        redraw=exp.sampler.redraw,
        allocation=exp.sampler.allocation,
    )
    adaptive = isinstance(exp.sampler.policy, Adaptive)
    known = _first_shares(exp, train_sets) if adaptive else []
    return PlannedRun(exp, train_sets, stream, _plan(exp, train_sets, stream, known))


def _plan(
    exp: Experiment, train_sets: Sequence[TrainSet], stream: Stream, decided: Sequence[Shares]
) -> Plan:
    """The run's plan; `decided`: shares of its first passes, if its policy draws by such."""
    return plan(
        stream,
        mixing(exp.sampler, [one.statistics for one in train_sets], decided),
        lengths(train_sets, exp),
        budget(exp),
        per_step=exp.batch.per_step,
        hold=replace(exp.hold),
        groups=language_of(train_sets) if exp.batch.mix == "stratified" else None,
        decided=len(decided) or None,
    )


def _first_shares(exp: Experiment, train_sets: Sequence[TrainSet]) -> list[Shares]:
    """Shares of the first pass; empty if the policy does not draw by shares of each pass."""
    policy = exp.sampler.policy
    if isinstance(policy, Adaptive):
        return [policy.first(_measured(exp, train_sets)).shares]
    return policy.at(0).shares if isinstance(policy, Replay) else []


def _measured(exp: Experiment, train_sets: Sequence[TrainSet]) -> list[Corpus]:
    return sized([one.statistics for one in train_sets], exp.sampler.unit)


def _policies(names: str, exp: Experiment) -> list[str]:
    if names == "all":
        return [name for name in POLICIES if exp.sampler.of(name).complete]
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
