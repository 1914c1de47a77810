"""The attention that a run computes with, once it is known on what."""

from plion.config.schema import Experiment
from plion.errors import InputError
from plion.models.device import device, precision
from plion.models.qwen3_asr.encoder import flash_runs


def training(exp: Experiment) -> str:
    """The attention of a training on this machine: `sdpa`, `reference` or `flash`.

    Raises InputError for one that is asked for and cannot run.
    """
    place, bits = device(exp.trainer.accelerator), precision(exp.trainer)
    runs = flash_runs(place, bits)
    if exp.model.attention == "auto":
        return "flash" if runs else "sdpa"
    if exp.model.attention == "flash" and not runs:
        raise InputError(
            "model.attention=flash needs flash-attn installed, a CUDA device of compute capability "
            f"8 or more, and trainer.precision bf16-mixed or bf16-true; this is {place.type} in "
            f"precision {bits}"
        )
    return exp.model.attention


def recorded(attention: str, exp: Experiment) -> str:
    """What run.json and results say of an attention: also of its window, where that is not 8 s."""
    return attention + ", full window" * (exp.model.encoder_window == "full")
