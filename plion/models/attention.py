"""Resolves `model.attention=auto` for training on this machine."""

import torch
from transformers.utils import is_flash_attn_2_available

from plion.config.schema import Model, Trainer
from plion.errors import InputError
from plion.models.device import device, precision


def training_attention(model: Model, trainer: Trainer) -> str:
    """The attention of a training on this machine: `sdpa`, `reference` or `flash`.

    Raises InputError for one that is set but cannot run.
    """
    place, bits = device(trainer.accelerator), precision(trainer)
    runs = flash_runs(place, bits)
    if model.attention == "auto":
        return "flash" if runs else "sdpa"
    if model.attention == "flash" and not runs:
        raise InputError(
            "model.attention=flash needs flash-attn installed, a CUDA device of compute capability "
            f"8 or more, and trainer.precision bf16-mixed or bf16-true; this is {place.type} in "
            f"precision {bits}"
        )
    return model.attention


def flash_runs(device: torch.device, precision: str) -> bool:
    """Whether FlashAttention 2 is installed and supports a device and a precision."""
    if device.type != "cuda" or precision == "32" or not is_flash_attn_2_available():
        return False
    return torch.cuda.get_device_capability(device) >= (8, 0)  # Ampere and newer
