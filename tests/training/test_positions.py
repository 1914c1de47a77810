"""Runs stopped at any batch go on with the batches, and end in the weights, of one that was not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from processes import STATUS, Halt, Start
from tiny import Tiny

# Four steps of four batches, more than two passes; saved after every second step.
STEPS, PER_STEP, SAVED = 4, 4, 2
RUN = (
    f"batch.per_step={PER_STEP}", f"hold.amount={STEPS}", "batch.seconds=10",
    "trainer.checkpoints=2", "trainer.probe=0", "evaluate.test=false", "tag.train=mixed",
    "data.augment.speed=[0.9,1.0,1.1]", "optim.lr=1e-4",
)  # fmt: skip
SCHEDULE = ("sampler.schedule.parameter=T", "sampler.schedule.target=1.0")
SAMPLERS = {
    "plain": (),
    "schedule": ("sampler.name=temperature", *SCHEDULE),
    "schedule continued": ("sampler.name=temperature", "sampler.redraw=continue", *SCHEDULE),
    "the same draw again": ("sampler.name=balanced", "sampler.redraw=once"),
}
PLACES = {"first": 0, "within a step": 9, "between steps": 12, "last": 15}

Kind = Literal["exception", "sigterm", "kill"]


@dataclass(frozen=True)
class Case:
    """Where and how a run is stopped, and how it goes on."""

    kind: Kind
    place: str
    workers: int
    ranks: int
    ranks_after: int
    sampler: str

    def __str__(self) -> str:
        ranks = f"{self.ranks} to {self.ranks_after} ranks"
        return f"{self.kind}, {self.place}, {self.workers} workers, {ranks}, {self.sampler}"

    @property
    def halt(self) -> Halt:
        """An exception or a signal comes to the last rank alone."""
        batch = PLACES[self.place] // self.ranks
        return Halt(self.kind, batch, None if self.kind == "kill" else self.ranks - 1)

    @property
    def begins(self) -> int:
        """The batch of the plan that the second start is to begin with."""
        step = PLACES[self.place] // PER_STEP
        kept = {"exception": step, "sigterm": step + 1, "kill": step // SAVED * SAVED}
        return PER_STEP * kept[self.kind]


REPRESENTATIVE = (
    Case("exception", "within a step", 0, 1, 1, "plain"),
    Case("sigterm", "between steps", 1, 1, 1, "schedule continued"),
    Case("kill", "last", 2, 1, 1, "schedule continued"),
)
_RANKS = ((1, 1), (2, 2), (1, 2), (2, 1))
# All kinds at all places on all ranks. Workers and samplers change with each, so that every two
# values of any two of the five meet.
MATRIX = tuple(
    Case(kind, place, (k + p + r) % 3, *ranks, tuple(SAMPLERS)[(p + r) % 4])
    for (k, kind), (p, place), (r, ranks) in product(
        enumerate(("exception", "sigterm", "kill")), enumerate(PLACES), enumerate(_RANKS)
    )
)

Reference = Callable[[str, int], Start]


@pytest.fixture(scope="module")
def uninterrupted(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reference]:
    """Runs from their beginning to their end, by sampler and ranks."""

    @cache
    def run(sampler: str, ranks: int) -> Start:
        start = Start.of(tiny, tmp_path_factory.mktemp("whole"), *RUN, *SAMPLERS[sampler])
        assert start.train(ranks) == [0] * ranks
        return start

    yield run


def record(start: Start) -> dict[str, Any]:
    names = ("status", "steps", "utterances", "supervised_tokens", "validation", "skipped_audio")
    return {name: getattr(start.folder.read(), name) for name in names}


def check(case: Case, tiny: Tiny, home: Path, uninterrupted: Reference) -> None:
    whole = uninterrupted(case.sampler, case.ranks_after)
    start = Start.of(tiny, home, *RUN, *SAMPLERS[case.sampler], f"trainer.workers={case.workers}")
    stopped = start.train(case.ranks, case.halt)
    assert stopped == [STATUS[case.kind]] * case.ranks, start.output()
    seen = start.seen()
    assert start.train(case.ranks_after) == [0] * case.ranks_after, start.output()
    expected, rest = whole.seen(), start.seen()
    assert seen.items() <= expected.items()
    assert rest == {batch: ids for batch, ids in expected.items() if batch >= case.begins}
    found, wanted = start.weights(), whole.weights()
    if case.ranks == case.ranks_after:
        assert all(torch.equal(found[name], weight) for name, weight in wanted.items())
        assert record(start) == record(whole)
    else:
        torch.testing.assert_close(found, wanted, atol=1e-5, rtol=0)
        assert record(start)["supervised_tokens"] == record(whole)["supervised_tokens"]


@pytest.mark.parametrize("case", REPRESENTATIVE, ids=str)
def test_a_stopped_run_goes_on_where_it_was(
    case: Case, tiny: Tiny, tmp_path: Path, uninterrupted: Reference
) -> None:
    check(case, tiny, tmp_path, uninterrupted)


@pytest.mark.resume
@pytest.mark.parametrize("case", MATRIX, ids=str)
def test_any_run_stopped_anywhere_goes_on_where_it_was(
    case: Case, tiny: Tiny, tmp_path: Path, uninterrupted: Reference
) -> None:
    check(case, tiny, tmp_path, uninterrupted)


def test_the_cases_read_more_than_one_pass(tiny: Tiny, tmp_path: Path) -> None:
    from plion.planning.planned_run import mixture_plan

    for settings in SAMPLERS.values():
        planned = mixture_plan(tiny.experiment(tmp_path, *RUN, *settings)).plan
        assert planned.passes > 2 and planned.batches == STEPS * PER_STEP
