"""Counts the multiply-adds of Qwen3-ASR from its configuration and the lengths of a batch.

Counts matrix products and convolutions; everything else is negligible. One multiply-add is two
floating-point operations.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
import torch

from plion.loading.batches import TrainBatch
from plion.models.qwen3_asr.frames import FRAMES_A_SECOND, thrice_halved
from plion.models.qwen3_asr.tensors import Example
from plion.models.values import WorkByPart

_KERNEL = 3 * 3


@dataclass(frozen=True)
class Work(WorkByPart):
    """Multiply-adds of a forward pass by part."""

    conv: float
    encoder: float
    projector: float
    decoder: float
    head: float


def multiply_adds(
    config: Mapping[str, Any],
    frames: Sequence[int],
    chunks: int,
    padded: int,
    *,
    supervised: int,
    window: str = "8s",
) -> Work:
    """The multiply-adds of a batch, including padding.

    `config`: complete, as `model.config.to_dict()`. `frames`: mel frames of each utterance.
    `chunks`: number of one-second chunks convolved. `padded`: positions of the decoder, including
    padding. `supervised`: positions with logits. `window`: `model.encoder_window`.
    """
    audio, text = config["audio_config"], config["text_config"]
    span = 2 * audio["n_window"]
    chunked, rest = np.divmod(np.array(frames), span)
    whole, *ends = thrice_halved(np.array([span, *rest])).tolist()
    lengths = (chunked * whole + ends).tolist()
    eight = audio["n_window_infer"] // span * whole
    longest = eight if window == "8s" else max(lengths)
    return Work(
        conv=chunks * _chunk(audio, span),
        encoder=audio["encoder_layers"] * _encoder_layer(audio, lengths, longest),
        projector=sum(lengths) * audio["d_model"] * (audio["d_model"] + audio["output_dim"]),
        decoder=text["num_hidden_layers"] * _decoder_layer(text, len(frames), padded),
        head=supervised * text["hidden_size"] * text["vocab_size"],
    )


def passes(tower: float, projector: float, decoder: float) -> Work:
    """Work of training per part, in forward passes: 3, or fewer if parts are frozen.

    Arguments: the trained share of each part's weights; the head counts as the decoder. Frozen
    weights need no weight gradients, and no input gradients if nothing before them is trained.
    Attention, which has no weights, is treated like the matrices around it.
    """
    first, second, third = tower > 0, tower + projector > 0, tower + projector + decoder > 0
    whole = 1 + tower + first, 1 + projector + second, 1 + decoder + third
    return Work(whole[0], *whole, whole[2])


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


def _chunk(audio: Mapping[str, int], time: int) -> int:
    """Three convolutions, which halve time and frequency each, and the linear layer after them."""
    channels, bins = audio["downsample_hidden_size"], audio["num_mel_bins"]
    done, before = 0, 1
    for _ in range(3):
        time, bins = (time + 1) // 2, (bins + 1) // 2
        done += _KERNEL * before * channels * time * bins
        before = channels
    return done + time * bins * channels * audio["d_model"]


def _encoder_layer(audio: Mapping[str, int], lengths: Sequence[int], window: int) -> int:
    """One encoder layer: packed positions without padding attend within their windows."""
    width = audio["d_model"]
    pairs = sum([length // window * window**2 + (length % window) ** 2 for length in lengths])
    matrices = 4 * width**2 + 2 * width * audio["encoder_ffn_dim"]
    return sum(lengths) * matrices + 2 * pairs * width


def _decoder_layer(text: Mapping[str, int], utterances: int, positions: int) -> int:
    """One decoder layer: every position attends to its whole row, as masked ones are computed."""
    width, size = text["hidden_size"], text["head_dim"]
    queries, keys = text["num_attention_heads"] * size, text["num_key_value_heads"] * size
    matrices = width * 2 * (queries + keys) + 3 * width * text["intermediate_size"]
    pairs = positions * positions // utterances
    return positions * matrices + 2 * pairs * queries


def _trained(model: torch.nn.Module, part: str) -> float:
    """The share of a part's weights that are trained."""
    own = [p for name, p in model.named_parameters() if f"{part}." in name and p.ndim > 1]
    return sum(p.numel() for p in own if p.requires_grad) / sum(p.numel() for p in own)
