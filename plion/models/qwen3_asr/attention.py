"""The attention that a training computes with, once it is known on what."""

from plion.config.schema import Model, Trainer
from plion.errors import InputError
from plion.models.device import device, precision
from plion.models.qwen3_asr.encoder import flash_runs


def training_attention(model: Model, trainer: Trainer) -> str:
    """The attention of a training on this machine: `sdpa`, `reference` or `flash`.

    Raises InputError for one that is asked for and cannot run.
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
