"""The multiply-adds of training on a batch, by the parts that are trained."""

from collections.abc import Callable
from dataclasses import astuple
from typing import Any

import numpy as np
import torch

from plion.loading.batches import TrainBatch
from plion.models.qwen3_asr.flops import multiply_adds, passes
from plion.models.qwen3_asr.frames import FRAMES_A_SECOND
from plion.models.qwen3_asr.tensors import Example


def work(
    model: torch.nn.Module, config: dict[str, Any], window: str = "8s"
) -> Callable[[TrainBatch], float]:
    """Returns a function that counts the multiply-adds of training on a batch (both passes).

    Recomputation for gradient checkpointing is not counted. Frames come from the duration in the
    manifest, before any speed augmentation. `config`: the model's; `window`: `encoder_window`.
    """
    parts = ("audio_tower", "multi_modal_projector", "language_model")
    each = astuple(passes(*(_trained(model, part) for part in parts)))

    def count(batch: TrainBatch) -> float:
        example = batch.example
        if not isinstance(example, Example):
            return 0.0
        forward = multiply_adds(
            config,
            frames=[round(FRAMES_A_SECOND * one.seconds) for one in batch.seen],
            chunks=len(example.audio.chunks),
            padded=example.ids.numel(),
            supervised=len(example.labels),
            window=window,
        )
        return float(np.dot(astuple(forward), each))

    return count


def _trained(model: torch.nn.Module, part: str) -> float:
    """The share of a part's weights that are trained."""
    own = [p for name, p in model.named_parameters() if f"{part}." in name and p.ndim > 1]
    return sum(p.numel() for p in own if p.requires_grad) / sum(p.numel() for p in own)
