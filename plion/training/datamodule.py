"""The LightningDataModule: loads a plan's batches in order, from the run's current step."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import lightning as L
from torch.utils.data import DataLoader

from plion.data.manifest import Manifest, Utterance
from plion.loading.augment import Augmentation
from plion.loading.batches import DecodeBatch, DecodeCollator, Example, TrainBatch, TrainCollator
from plion.loading.clips import Clip, Clips
from plion.loading.workers import loader
from plion.models.base import Loaded
from plion.planning.base_model import targets_of
from plion.planning.planned_run import PlannedRun
from plion.recognition.decode_batches import batch_loader, decoding_batches, shared_batches

_SMALL = 4 * 3600.0  # seconds of audio

Key = tuple[int, int]


class PlannedBatches:
    """A rank's batches as (utterance number, draw number) keys, as far as they are decided.

    The whole run is one epoch: `len()` counts its batches, also when resumed at a later step, as
    Lightning continues its own count of batches.
    """

    def __init__(self, planned: PlannedRun, rank: int, world_size: int, step: int) -> None:
        self.plan = planned.plan
        self.numbers = self.plan.deal(rank, world_size)
        self.start, self.end = (
            steps * self.plan.per_step // world_size for steps in (step, self.plan.decided)
        )

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[list[Key]]:
        for number in self.numbers[self.start : self.end]:
            numbers, draws = self.plan.batch(number)
            yield list(zip(numbers.tolist(), draws.tolist(), strict=True))


class PassByPass:
    """The batches of a run whose passes are decided while it trains, one loader after another.

    A loader's workers read ahead, and must not read what is not decided.
    """

    def __init__(
        self,
        planned: PlannedRun,
        world_size: int,
        step: int,
        begun_at: Callable[[int], DataLoader[TrainBatch]],
    ) -> None:
        """`step`: where the run begins; `begun_at`: the loader of what is decided from a step."""
        self.planned = planned
        self.world_size = world_size
        self.step = step
        self.begun_at = begun_at

    def __len__(self) -> int:
        return self.planned.plan.batches // self.world_size

    def __iter__(self) -> Iterator[TrainBatch]:
        step = self.step
        while step < self.planned.plan.steps:
            begun, step = step, self.planned.plan.decided
            assert step > begun, "the next pass is decided at the end of the last one"
            yield from self.begun_at(begun)


class TrainingData(L.LightningDataModule):
    """Data loaders of a planned run; keeps the position as optimiser steps done.

    Steps, unlike batches of a rank, mean the same on any number of ranks.
    """

    def __init__(
        self,
        planned: PlannedRun,
        loaded: Loaded,
        valid: Sequence[Manifest],
        probe: Sequence[Utterance] = (),
    ) -> None:
        """`valid`: validation sets. `probe`: training utterances decoded at each validation."""
        super().__init__()
        self.planned = planned
        self.collator = loaded.collator(targets_of(planned.exp))
        self.valid = valid
        self.probe = probe
        self.step = 0

    def state_dict(self) -> dict[str, Any]:
        assert self.trainer is not None
        return {"step": self.trainer.global_step}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.step = state_dict["step"]

    def train_dataloader(self) -> DataLoader[TrainBatch] | PassByPass:
        assert self.trainer is not None
        exp, world_size = self.planned.exp, self.trainer.world_size
        clips = Clips(
            self.planned.utterances.__getitem__,
            self.collator.features,
            skip_bad=exp.data.on_bad_audio == "skip",
            augmentation=Augmentation(exp.data.augment, exp.seed),
            remembered=self.collator.settings if self._small() else "",
        )
        rank, collate = self.trainer.global_rank, TrainCollator(self.collator.example)

        def begun_at(step: int) -> DataLoader[TrainBatch]:
            batches = PlannedBatches(self.planned, rank, world_size, step)
            return loader(clips, batches, collate, exp.trainer)

        if self.planned.plan.open_after is None:
            return begun_at(self.step)
        return PassByPass(self.planned, world_size, self.step, begun_at)

    def _small(self) -> bool:
        """Whether the corpora are so small that a later pass finds their features in memory."""
        return sum(float(one.durations.sum()) for one in self.planned.train_sets) <= _SMALL

    def val_dataloader(self) -> list[DataLoader[DecodeBatch]]:
        """The loader of the validation sets, then of the probe if any; ranks split the batches."""
        assert self.trainer is not None
        utterances = [utterance for manifest in self.valid for utterance in manifest]
        loaders = [self._decoding_loader(utterances, self.collator.example)]
        if self.probe:
            loaders.append(self._decoding_loader(self.probe, None))
        return loaders

    def _decoding_loader(
        self,
        utterances: Sequence[Utterance],
        example: Callable[[Sequence[Clip]], Example] | None,
    ) -> DataLoader[DecodeBatch]:
        """The loader of utterances to decode; `example` adds the targets of a loss."""
        assert self.trainer is not None
        exp, collator = self.planned.exp, self.collator
        clip_cost = self.planned.clip_cost
        batches = decoding_batches(utterances, exp.evaluate, clip_cost, collator.context)
        own = shared_batches(batches, self.trainer.global_rank, self.trainer.world_size)
        collate = DecodeCollator(collator.request, exp.evaluate.tokens_per_second, example)
        clips = Clips(utterances.__getitem__, collator.features, remembered=collator.settings)
        return batch_loader(clips, own, collate, exp.trainer)
