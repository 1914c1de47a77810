"""The settings below `model`: the base model, what is trained, LoRA, attention window."""

from dataclasses import dataclass
from typing import Literal

from plion.settings.setting import group, setting

Part = Literal["audio_tower", "projector", "language_model"]  # lm_head is the last one's


@dataclass
class Lora:
    """Low-rank updates (arXiv 2106.09685) of all linear layers of a part, otherwise frozen."""

    parts: list[Part] = setting([], help="parts that get low-rank updates instead of full training")
    rank: int = setting(16, above=0, help="rank of an update")
    alpha: float = setting(32.0, above=0, help="updates are scaled by alpha / rank")
    dropout: float = setting(0.0, low=0, high=1, help="dropout of an update's input")
    export: Literal["merged", "adapter"] = setting(
        "merged", help="merged: full weights; adapter: only the updates, in peft's format"
    )


@dataclass
class Model:
    """The base model, what of it is trained, and how it attends to its audio."""

    name: str = setting(
        "mini",
        identity="content",
        help="hub id, optionally with a revision (owner/name@revision), "
        "folder in either layout, run folder, or `mini`, the packaged "
        "base",
    )
    like: str | None = setting(
        None,
        identity="content",
        help="a model, named as above, to take files from that a checkpoint "
        "lacks: tokenizer, feature extractor settings, chat template",
    )
    attention: Literal["auto", "sdpa", "reference", "flash"] = setting(
        "auto",
        identity="always",
        help="reference: transformers' own, one window of audio at a time; "
        "sdpa: all windows at once; flash: FlashAttention 2; auto: "
        "flash if it is installed and the device and precision allow "
        "it, else sdpa",
    )
    encoder_window: Literal["8s", "full"] = setting(
        "8s",
        identity="always",
        help="what an audio position attends to: a window of 8 s, as in "
        "transformers and with FlashAttention, or the full clip, as in "
        "the qwen-asr package without FlashAttention",
    )
    freeze: list[Part] = setting([], help="parts whose weights are not trained")
    lora: Lora = group(Lora)
