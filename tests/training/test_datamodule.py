"""The loaders of a planned run: its batches in order, from where it stands, for every rank."""

import pickle
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from collated import loaded_model
from tiny import Tiny

from plion.data.manifest import read_manifest
from plion.errors import InputError
from plion.planning.planned_run import PlannedRun, mixture_plan
from plion.training.datamodule import Key, PlannedBatches, TrainingData


@pytest.fixture(scope="module")
def planned(tiny: Tiny) -> PlannedRun:
    return mixture_plan(tiny.experiment(Path("runs"), "batch.per_step=2", "hold.amount=7"))


def batches(planned: PlannedRun, rank: int = 0, world: int = 1, step: int = 0) -> list[list[Key]]:
    return list(PlannedBatches(planned, rank, world, step))


def test_the_whole_run_is_read_in_the_plans_order(planned: PlannedRun) -> None:
    keys = [key for batch in batches(planned) for key in batch]
    assert [number for number, _ in keys] == planned.plan.numbers.tolist()
    assert [draw for _, draw in keys] == planned.plan.draw_numbers.tolist()


def test_draw_numbers_are_never_given_twice(planned: PlannedRun) -> None:
    draws = [draw for batch in batches(planned) for _, draw in batch]
    assert len(set(draws)) == len(draws) > planned.stream.offsets[-1]


@pytest.mark.parametrize("step", [0, 1, 5, 7])
def test_a_resumed_run_reads_what_is_left(step: int, planned: PlannedRun) -> None:
    assert batches(planned, step=step) == batches(planned)[2 * step :]


def test_the_length_stays_that_of_the_whole_run(planned: PlannedRun) -> None:
    assert len(PlannedBatches(planned, 0, 1, 5)) == planned.plan.batches == 14


@pytest.mark.parametrize("step", [0, 3])
def test_ranks_share_every_step(step: int, planned: PlannedRun) -> None:
    first, second = (batches(planned, rank, 2, step) for rank in (0, 1))
    dealt = [batch for pair in zip(first, second, strict=True) for batch in pair]
    assert dealt == batches(planned, step=step)


def test_ranks_that_cannot_share_a_step_are_refused(planned: PlannedRun) -> None:
    with pytest.raises(InputError, match="batch.per_step is 2, which 3 devices cannot share"):
        PlannedBatches(planned, 0, 3, 0)


def test_the_position_is_the_steps_done(tiny: Tiny, planned: PlannedRun) -> None:
    data = TrainingData(planned, loaded_model(str(tiny.model)), [])
    data.trainer = SimpleNamespace(global_step=3, global_rank=0, world_size=1)  # type: ignore[assignment]
    state = data.state_dict()
    assert state == {"step": 3}
    data.load_state_dict(state)
    first = next(iter(data.train_dataloader()))
    expected = [planned.utterances[number] for number, _ in batches(planned)[6]]
    assert [one.dataset for one in first.seen] == [one.dataset for one in expected]
    assert [one.seconds for one in first.seen] == [one.duration for one in expected]


def test_workers_are_handed_the_manifests_and_not_the_plan(tiny: Tiny) -> None:
    def handed(steps: int) -> int:
        planned = mixture_plan(tiny.experiment(Path("runs"), f"hold.amount={steps}"))
        data = TrainingData(planned, loaded_model(str(tiny.model)), [])
        data.trainer = SimpleNamespace(global_rank=0, world_size=1)  # type: ignore[assignment]
        return len(pickle.dumps(data.train_dataloader().dataset))

    assert handed(2) == handed(2000)


def test_a_manifest_that_changes_under_a_worker_is_told_in_one_sentence(
    tiny: Tiny, tmp_path: Path
) -> None:
    own = tiny.copy(tmp_path)
    planned = mixture_plan(own.experiment(Path("runs"), "trainer.workers=1"))
    data = TrainingData(planned, loaded_model(str(tiny.model)), [])
    data.trainer = SimpleNamespace(global_rank=0, world_size=1)  # type: ignore[assignment]
    for path in own.root.glob("*/train.jsonl"):
        path.write_text(path.read_text() + "\n")
    with pytest.raises(InputError) as error:
        next(iter(data.train_dataloader()))
    assert re.fullmatch(
        r"manifest \S+train\.jsonl has changed while it was in use; give the same command again",
        str(error.value),
    )


def test_validation_reads_every_utterance_of_its_manifests(tiny: Tiny, planned: PlannedRun) -> None:
    manifests = [read_manifest(tiny.root / key / "valid.jsonl") for key in ("slr65", "aishell1")]
    data = TrainingData(planned, loaded_model(str(tiny.model)), manifests)
    data.trainer = SimpleNamespace(global_rank=0, world_size=1)  # type: ignore[assignment]
    (valid,) = data.val_dataloader()
    seen = [one.id for batch in valid for one in batch.utterances]
    assert sorted(seen) == sorted(one.id for one in tiny.utterances("valid", ["aishell1", "slr65"]))


@pytest.mark.parametrize("ranks", [2, 3, 20])
def test_ranks_share_a_validation_and_none_is_idle(
    ranks: int, tiny: Tiny, planned: PlannedRun
) -> None:
    manifests = [read_manifest(tiny.root / "slr65" / "valid.jsonl")]
    exp = replace(planned.exp, evaluate=replace(planned.exp.evaluate, utterances=1))
    data = TrainingData(replace(planned, exp=exp), loaded_model(str(tiny.model)), manifests)
    shares = []
    for rank in range(ranks):
        data.trainer = SimpleNamespace(global_rank=rank, world_size=ranks)  # type: ignore[assignment]
        (valid,) = data.val_dataloader()
        shares.append({one.id for batch in valid for one in batch.utterances})
    assert all(shares)
    assert set.union(*shares) == {one.id for one in tiny.utterances("valid", ["slr65"])}
