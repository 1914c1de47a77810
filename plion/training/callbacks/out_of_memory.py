"""Out of memory: an error that names the batch and the remedy, and frees the memory first."""

import gc
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import lightning as L
import numpy as np
import torch

from plion.config.schema import Experiment
from plion.errors import InputError
from plion.loading.batches import DecodeBatch, Seen, TrainBatch
from plion.sampling.clip_cost import ClipCost

# Messages of allocators; only CUDA's has an exception type of its own.
_WORDS = ("out of memory", "can't allocate memory", "std::bad_alloc", "_STATUS_ALLOC_FAILED")


def out_of_memory(error: BaseException) -> bool:
    """Whether an error means that memory ran out."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(word in str(error) for word in _WORDS)


class Memory(L.Callback):
    """Remembers the current batch, to name it if memory runs out.

    Frees the memory of the failed step before other callbacks handle the error.
    """

    def __init__(self, exp: Experiment, towers: Sequence[str], clip_cost: ClipCost) -> None:
        """`towers`: parts of the model that support gradient checkpointing."""
        self.exp = exp
        self.towers = towers
        self.clip_cost = clip_cost
        self._at = "before the first batch"  # where training is
        self._seen: tuple[Seen, ...] = ()  # what the current batch has, without its tensors
        self._positions = 0
        self._validates = False

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turns an out-of-memory error into an InputError with the batch and the remedy."""
        try:
            yield
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            raise InputError(f"out of memory {self._at}{self._batch()}; {self._cure()}") from error

    def on_train_batch_start(
        self, trainer: L.Trainer, pl_module: L.LightningModule, batch: TrainBatch, batch_idx: int
    ) -> None:
        self._validates = False
        step, number = divmod(batch_idx, trainer.accumulate_grad_batches)
        rank = f" of device {trainer.global_rank}" if trainer.world_size > 1 else ""
        self._at = f"in step {step + 1}, batch {number + 1}{rank}"
        self._seen = batch.seen
        self._positions = batch.example.positions if batch.example is not None else 0

    def on_validation_batch_start(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,
        batch: DecodeBatch,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        self._validates = True
        self._seen = ()
        self._at = f"in the validation after step {trainer.global_step}: {_decoding(batch)}"

    def on_exception(
        self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException
    ) -> None:
        if out_of_memory(exception):
            free_frames(exception)
            pl_module.zero_grad()
            if pl_module.device.type == "cuda":
                torch.cuda.empty_cache()

    def _batch(self) -> str:
        """Describes the batch of training whose audio could be read; empty for any other."""
        if not self._seen:
            return ""
        longest = max(self._seen, key=lambda one: one.seconds)
        utterances, tokens = len(self._seen), sum(one.tokens for one in self._seen)
        seconds = round(float(self.clip_cost.padded(np.array(longest.seconds))))
        return (
            f": {utterances} utterances padded to {seconds} s each, {utterances * seconds} s "
            f"of audio, and to {self._positions} tokens, {tokens} of "
            f"all supervised; the longest is {longest.id} ({longest.seconds:.2f} s)"
        )

    def _cure(self) -> str:
        if self._validates:
            return f"lower evaluate.seconds ({self.exp.evaluate.seconds:g}) and start a new run"
        anew = (
            f"lower batch.seconds ({self.exp.batch.seconds:g}) and start a new run (`plion "
            "tune-batch` finds the largest that fits)"
        )
        if set(self.exp.trainer.gradient_checkpointing) == set(self.towers):
            return anew
        wanted = f"trainer.gradient_checkpointing=[{','.join(self.towers)}]"
        return f"set {wanted} to resume the run after its last step, or {anew}"


def _decoding(batch: DecodeBatch) -> str:
    """Describes a batch to decode."""
    longest = max(batch.utterances, key=lambda one: one.duration)
    return (
        f"{len(batch.utterances)} utterances to decode, the longest {longest.id} "
        f"({longest.duration:.2f} s)"
    )


def free_frames(error: BaseException) -> None:
    """Frees the local variables held by an error's frames; the traceback stays printable."""
    seen: Any = error
    while seen is not None:
        traceback.clear_frames(seen.__traceback__)
        seen = seen.__cause__ or seen.__context__
    gc.collect()
