"""The LightningDataModule: loads a plan's batches in order, from the run's current step."""

from collections.abc import Iterator, Sequence
from typing import Any

import lightning as L
from torch.utils.data import DataLoader

from plion.data.manifest import Manifest, Utterance
from plion.loading.augment import Augmentation
from plion.loading.workers import loader
from plion.models.qwen3_asr.decode_batches import DecodeBatch, decoding_loader
from plion.models.qwen3_asr.files.checkpoint import Checkpoint
from plion.models.qwen3_asr.train_batches import Clips, TrainBatch, TrainCollator
from plion.planning.planned_run import PlannedRun

Key = tuple[int, int]


class PlannedBatches:
    """A rank's batches as (utterance number, draw number) keys; the whole run is one epoch.

    `len()` counts the batches of the whole run, also when resumed at a later step: Lightning
    continues its own count of batches.
    """

    def __init__(self, planned: PlannedRun, rank: int, world_size: int, step: int) -> None:
        self.plan = planned.plan
        self.numbers = self.plan.deal(rank, world_size)
        self.start = step * self.plan.per_step // world_size

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[list[Key]]:
        for number in self.numbers[self.start :]:
            numbers, draws = self.plan.batch(number)
            yield list(zip(numbers.tolist(), draws.tolist(), strict=True))


class TrainingData(L.LightningDataModule):
    """Data loaders of a planned run; keeps the position as optimiser steps done.

    Steps, unlike batches of a rank, mean the same on any number of ranks.
    """

    def __init__(
        self,
        planned: PlannedRun,
        checkpoint: Checkpoint,
        valid: Sequence[Manifest],
        probe: Sequence[Utterance] = (),
    ) -> None:
        """`valid`: validation sets. `probe`: training utterances decoded at each validation."""
        super().__init__()
        self.planned = planned
        self.checkpoint = checkpoint
        self.valid = valid
        self.probe = probe
        self.step = 0

    def state_dict(self) -> dict[str, Any]:
        assert self.trainer is not None
        return {"step": self.trainer.global_step}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.step = state_dict["step"]

    def train_dataloader(self) -> DataLoader[TrainBatch]:
        assert self.trainer is not None
        exp = self.planned.exp
        clips = Clips(
            self.planned.utterances.__getitem__,
            self.checkpoint.extractor,
            skip_bad=exp.data.on_bad_audio == "skip",
            augmentation=Augmentation(exp.data.augment, exp.seed),
        )
        batches = PlannedBatches(
            self.planned, self.trainer.global_rank, self.trainer.world_size, self.step
        )
        return loader(clips, batches, TrainCollator(self.checkpoint.prompter, exp), exp)

    def val_dataloader(self) -> list[DataLoader[DecodeBatch]]:
        """The loader of the validation sets, then of the probe if any; ranks split the batches."""
        assert self.trainer is not None
        place = {"rank": self.trainer.global_rank, "world_size": self.trainer.world_size}
        utterances = [utterance for manifest in self.valid for utterance in manifest]
        exp = self.planned.exp
        loaders = [decoding_loader(utterances, self.checkpoint, exp, loss=True, **place)]
        if self.probe:
            loaders.append(decoding_loader(self.probe, self.checkpoint, exp, loss=False, **place))
        return loaders
