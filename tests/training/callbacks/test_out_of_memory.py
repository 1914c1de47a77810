"""Running out of memory in training: what is said, what is left, what is let go."""

import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from endings import outcome
from processes import Halt, Start
from tiny import Tiny

from plion.errors import InputError
from plion.planning.planned_run import mixture_plan
from plion.runs.folder import RunFolder
from plion.training.callbacks.out_of_memory import free_frames, out_of_memory
from plion.training.step.module import SpeechRecognizer

BOTH = "trainer.gradient_checkpointing=[audio_tower,language_model]"


def too_much() -> torch.Tensor:
    """Asks for what no machine has."""
    return torch.empty(2**50)


def starved(patch: pytest.MonkeyPatch, method: str, call: int) -> None:
    """Lets the n-th call of a step run out of memory in the middle."""
    step = getattr(SpeechRecognizer, method)
    calls = iter(range(1000))

    def without(self: SpeechRecognizer, *args: Any) -> Any:
        done = step(self, *args)
        if next(calls) == call:
            too_much()
        return done

    patch.setattr(SpeechRecognizer, method, without)


def left(root: Path) -> RunFolder:
    (path,) = root.glob("tiny-*")
    return RunFolder(path)


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 1 GB)"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"), True),
        (RuntimeError("std::bad_alloc"), True),
        (MemoryError(), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_what_an_allocator_says_is_known(error: Exception, is_one: bool) -> None:
    assert out_of_memory(error) is is_one


def test_what_the_allocator_of_this_machine_says_is_known() -> None:
    with pytest.raises(RuntimeError) as found:
        too_much()
    assert out_of_memory(found.value)


@pytest.mark.parametrize("method", ["training_step", "sums"])
def test_the_sentence_says_with_what_and_what_to_do(
    method: str,
    tiny: Tiny,
    tmp_path: Path,
    settings: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    starved(monkeypatch, method, 3)
    with pytest.raises(InputError) as found:
        tiny.train(tmp_path, *settings)
    plan = mixture_plan(tiny.experiment(tmp_path, *settings))
    numbers, _ = plan.plan.batch(3)
    longest = max((plan.utterances[n] for n in numbers.tolist()), key=lambda one: one.duration)
    assert plan.plan.tokens is not None
    said = str(found.value)
    for part in (
        "out of memory in step 2, batch 2: ",
        f"{len(numbers)} utterances padded to {plan.plan.padded[3] / len(numbers):g} s each",
        f"{plan.plan.padded[3]:g} s of audio",
        f"{plan.plan.tokens[3]:g} of all supervised",
        f"the longest is {longest.id} ({longest.duration:.2f} s)",
        f"set {BOTH} to resume the run after its last step, ",
        "or lower batch.seconds (6) and start a new run (`plion tune-batch` finds the largest",
    ):
        assert part in said, said
    assert left(tmp_path).read().status == "failed" and left(tmp_path).read().error == said
    assert isinstance(found.value.__cause__, RuntimeError)


def test_nothing_is_offered_that_is_done_already(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starved(monkeypatch, "training_step", 0)
    with pytest.raises(InputError) as found:
        tiny.train(tmp_path, BOTH)
    assert "gradient_checkpointing" not in str(found.value) and "lower batch" in str(found.value)
    assert not (left(tmp_path).checkpoints / "last.ckpt").exists()


@pytest.fixture(scope="module")
def unvalidated(
    tiny: Tiny, settings: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> RunFolder:
    """A run without validations that was never interrupted, for reading only."""
    own = ("trainer.validations=0", "trainer.checkpoints=1")
    return tiny.train(tmp_path_factory.mktemp("unvalidated"), *settings, *own)


# Four steps of two batches: the batch where it happens, and the step that is left.
@pytest.mark.parametrize(
    ("validations", "call", "step"), [(0, 1, None), (0, 2, 1), (0, 7, 3), (2, 4, 2), (2, 6, 3)]
)
def test_the_last_whole_step_is_left_and_the_run_goes_on_from_it(
    validations: int,
    call: int,
    step: int | None,
    finished: RunFolder,
    unvalidated: RunFolder,
    tiny: Tiny,
    tmp_path: Path,
    settings: tuple[str, ...],
) -> None:
    own = (*settings, f"trainer.validations={validations}", "trainer.checkpoints=1")
    with pytest.MonkeyPatch.context() as patch, pytest.raises(InputError, match="out of memory"):
        starved(patch, "training_step", call)
        tiny.train(tmp_path / "runs", *own)
    last = left(tmp_path / "runs").checkpoints / "last.ckpt"
    assert last.exists() is (step is not None)
    if step:
        assert torch.load(last, weights_only=True)["global_step"] == step
    whole = finished if validations else unvalidated
    assert outcome(tiny.train(tmp_path / "runs", *own)) == outcome(whole)


def test_averaged_weights_are_left_and_go_on_too(
    tiny: Tiny, tmp_path: Path, settings: tuple[str, ...]
) -> None:
    own = (*settings, "trainer.validations=0", "trainer.checkpoints=1", "optim.ema=0.5")
    with pytest.MonkeyPatch.context() as patch, pytest.raises(InputError, match="out of memory"):
        starved(patch, "training_step", 5)
        tiny.train(tmp_path / "runs", *own)
    whole = tiny.train(tmp_path / "whole", *own)
    assert outcome(tiny.train(tmp_path / "runs", *own)) == outcome(whole)


def test_weights_that_may_be_changed_in_part_are_not_kept(
    tiny: Tiny, tmp_path: Path, settings: tuple[str, ...]
) -> None:
    own = (*settings, "trainer.checkpoints=1", "trainer.validations=0", "evaluate.test=false")
    with pytest.MonkeyPatch.context() as patch, pytest.raises(InputError, match="out of memory"):
        patch.setattr(SpeechRecognizer, "configure_gradient_clipping", lambda *_, **__: too_much())
        tiny.train(tmp_path, *own)
    assert not (left(tmp_path).checkpoints / "last.ckpt").exists()


def test_in_a_validation_the_decoding_is_what_did_not_fit(
    finished: RunFolder, tiny: Tiny, tmp_path: Path, settings: tuple[str, ...]
) -> None:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(InputError) as found:
        starved(patch, "validation_step", 0)
        tiny.train(tmp_path, *settings)
    said = str(found.value)
    assert "out of memory in the validation after step 2: 12 utterances to decode, the l" in said
    assert "lower evaluate.seconds (240)" in said and "batch.seconds" not in said
    assert outcome(tiny.train(tmp_path, *settings)) == outcome(finished)


def test_what_failed_holds_no_memory_when_the_checkpoint_is_made(
    tiny: Tiny, tmp_path: Path, settings: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    step, save = SpeechRecognizer.sums, torch.save
    held: list[weakref.ref[torch.Tensor]] = []
    alive: list[bool] = []
    calls = iter(range(100))

    def without(self: SpeechRecognizer, batch: Any) -> Any:
        sums = step(self, batch)
        if next(calls) == 5:
            held.append(weakref.ref(sums.loss))
            too_much()
        return sums

    def saved(*args: Any) -> None:
        alive.extend(one() is not None for one in held)
        save(*args)

    monkeypatch.setattr(SpeechRecognizer, "sums", without)
    monkeypatch.setattr(torch, "save", saved)
    with pytest.raises(InputError, match="out of memory"):
        tiny.train(tmp_path, *settings, "trainer.validations=0", "trainer.checkpoints=1")
    assert alive == [False]


def test_what_led_to_an_error_is_let_go_with_it() -> None:
    class Large:
        pass

    held: list[weakref.ref[Large]] = []

    def fail() -> None:
        large = Large()
        held.append(weakref.ref(large))
        raise RuntimeError

    def chained() -> Iterator[None]:
        try:
            fail()
        except RuntimeError as first:
            raise ValueError from first
        yield

    with pytest.raises(ValueError) as found:
        next(chained())
    assert held[0]() is not None
    free_frames(found.value)
    assert held[0]() is None


@pytest.mark.resume
@pytest.mark.parametrize("hangs", [False, True])
def test_two_processes_end_with_the_sentence_of_the_one_that_had_too_little(
    hangs: bool, tiny: Tiny, tmp_path: Path
) -> None:
    start = Start.of(tiny, tmp_path, "batch.per_step=2", "trainer.checkpoints=1")
    ended = start.train(2, Halt("memory", 2, rank=1, others_hang=hangs))
    assert ended == [2, 2], start.output()
    assert "plion: out of memory in step 3, batch 1 of device 1: " in start.output()
    assert not start.output(1)
    last = start.folder.checkpoints / "last.ckpt"
    assert torch.load(last, weights_only=True)["global_step"] == 2
    record = start.folder.read()
    assert record.status == "failed" and "of device 1: " in record.error
    assert start.train(2) == [0, 0] and min(start.seen()) == 4  # it goes on with the third step
