"""A Qwen3-ASR in memory, as `plion.models.base.Loaded`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import Qwen3ASRForConditionalGeneration

from plion.config.schema import Model
from plion.loading.batches import TrainBatch
from plion.models.base import Family, Loaded
from plion.models.qwen3_asr.collator import Collator
from plion.models.qwen3_asr.decode import transcribe
from plion.models.qwen3_asr.files.checkpoint import Checkpoint, load_checkpoint
from plion.models.qwen3_asr.files.layouts import HF
from plion.models.qwen3_asr.files.saving import save_checkpoint
from plion.models.qwen3_asr.flops import work
from plion.models.qwen3_asr.loss import loss_sums
from plion.models.qwen3_asr.prompt import parse
from plion.models.qwen3_asr.protocol.family import FAMILY
from plion.models.qwen3_asr.tensors import Example, Request
from plion.models.values import LossSums, Said, Search, Targets


@dataclass(frozen=True)
class LoadedQwen:
    """A checkpoint with its attention implementation and the window of its audio."""

    checkpoint: Checkpoint
    attention: str
    window: str
    family: Family = FAMILY

    @property
    def folder(self) -> Path:
        return self.checkpoint.folder

    @property
    def model(self) -> Qwen3ASRForConditionalGeneration:
        return self.checkpoint.model

    def collator(self, targets: Targets) -> Collator:
        """The collator; accepts every tag, context and language."""
        return Collator(self.checkpoint.extractor, self.checkpoint.prompter, targets, self.window)

    def check_search(self, search: Search) -> None:
        """Accepts every search."""

    def sums(self, example: Example) -> LossSums:
        """The loss of a batch, summed."""
        return loss_sums(self.checkpoint.model, example)

    def decode(self, request: Request, limits: Sequence[int], search: Search) -> list[Said]:
        """Decodes a batch; returns one output per utterance, in order."""
        prompter = self.checkpoint.prompter
        said = transcribe(self.model, request, limits, prompter, search=search)
        return [parsed(raw) for raw in said]

    def work(self) -> Callable[[TrainBatch], float]:
        """Returns a function that counts the multiply-adds of training on a batch."""
        return work(self.model, self.model.config.to_dict(), self.window)

    def save(self, folder: Path, adapter_of: str | None = None, layout: str = HF) -> None:
        """Writes the model, or only its adapter, in a layout."""
        save_checkpoint(self.checkpoint, folder, adapter_of, layout)


def parsed(raw: str) -> Said:
    """Parses a raw output."""
    language, text = parse(raw)
    return Said(raw, text, language)


def load_model(folder: Path, model: Model, dtype: torch.dtype, attention: str) -> Loaded:
    """The model of a folder; `attention`: a key of `plion.models.qwen3_asr.encoder.ATTENTION`."""
    checkpoint = load_checkpoint(str(folder), dtype, attention, model.like)
    return LoadedQwen(checkpoint, attention, model.encoder_window)
