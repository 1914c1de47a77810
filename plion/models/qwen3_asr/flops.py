"""The work of Qwen3-ASR in multiply-adds, from its configuration and the lengths of a batch.

Counted are matrix products and convolutions; all else is small beside them. One multiply-add is two
floating-point operations. Free of torch, so that work can be counted before a model is built.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from plion.models.qwen3_asr.frames import thrice_halved

_KERNEL = 3 * 3


@dataclass(frozen=True)
class Work:
    """Multiply-adds of a forward pass by part. A backward pass takes twice as many."""

    conv: float
    encoder: float
    projector: float
    decoder: float
    head: float

    @property
    def total(self) -> float:
        """Of all parts."""
        return float(sum(astuple(self)))


def multiply_adds(
    config: Mapping[str, Any],
    frames: Sequence[int],
    chunks: int,
    padded: int,
    *,
    supervised: int,
    window: str = "8s",
) -> Work:
    """The work of one batch as it is computed, its padding included.

    `config`: complete, as `model.config.to_dict()`. `frames`: mel frames of each utterance.
    `chunks`: spans of a second that are convolved. `padded`: positions of the decoder, as many for
    every utterance. `supervised`: positions that have logits. `window`: as `model.encoder_window`.
    """
    audio, text = config["audio_config"], config["text_config"]
    span = 2 * audio["n_window"]
    lengths = [
        frame // span * thrice_halved(span) + thrice_halved(frame % span) for frame in frames
    ]
    eight = audio["n_window_infer"] // span * thrice_halved(span)
    longest = eight if window == "8s" else max(lengths)
    return Work(
        conv=chunks * _chunk(audio, span),
        encoder=audio["encoder_layers"] * _encoder_layer(audio, lengths, longest),
        projector=sum(lengths) * audio["d_model"] * (audio["d_model"] + audio["output_dim"]),
        decoder=text["num_hidden_layers"] * _decoder_layer(text, len(frames), padded),
        head=supervised * text["hidden_size"] * text["vocab_size"],
    )


def passes(tower: float, projector: float, decoder: float) -> Work:
    """The work of training in forward passes of each part: 3, or fewer where some are frozen.

    Given is the share of each part's weights that are trained; the head counts as the decoder. What
    is not trained needs no gradients of its weights, and none of its inputs where nothing before it
    is trained either; attention, which has none, is taken to be like the matrices about it.
    """
    first, second, third = tower > 0, tower + projector > 0, tower + projector + decoder > 0
    whole = 1 + tower + first, 1 + projector + second, 1 + decoder + third
    return Work(whole[0], *whole, whole[2])


def _chunk(audio: Mapping[str, int], time: int) -> int:
    """Three convolutions, each of which halves time and frequency, and the linear layer on them."""
    channels, bins = audio["downsample_hidden_size"], audio["num_mel_bins"]
    done, before = 0, 1
    for _ in range(3):
        time, bins = (time + 1) // 2, (bins + 1) // 2
        done += _KERNEL * before * channels * time * bins
        before = channels
    return done + time * bins * channels * audio["d_model"]


def _encoder_layer(audio: Mapping[str, int], lengths: Sequence[int], window: int) -> int:
    """Positions are packed without padding; each attends to its window."""
    width = audio["d_model"]
    pairs = sum(length // window * window**2 + (length % window) ** 2 for length in lengths)
    matrices = 4 * width**2 + 2 * width * audio["encoder_ffn_dim"]
    return sum(lengths) * matrices + 2 * pairs * width


def _decoder_layer(text: Mapping[str, int], utterances: int, positions: int) -> int:
    """Every position attends to all of its row: what is masked is computed too."""
    width, size = text["hidden_size"], text["head_dim"]
    queries, keys = text["num_attention_heads"] * size, text["num_key_value_heads"] * size
    matrices = width * 2 * (queries + keys) + 3 * width * text["intermediate_size"]
    pairs = positions * positions // utterances
    return positions * matrices + 2 * pairs * queries
