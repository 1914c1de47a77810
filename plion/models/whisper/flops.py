"""The work of Whisper in multiply-adds, from its configuration and the tokens of a batch.

Counts matrix products and convolutions; the rest is small. One multiply-add is two
floating-point operations. Free of torch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plion.models.values import WorkByPart

_KERNEL = 3


@dataclass(frozen=True)
class Work(WorkByPart):
    """Multiply-adds of a forward pass by part.

    `heard`: the decoder's keys and values of the encoder's output.
    """

    encoder: float
    heard: float
    decoder: float
    head: float


def multiply_adds(
    config: Mapping[str, Any], utterances: int, positions: int, supervised: int
) -> Work:
    """The multiply-adds of a batch, including padding.

    `config`: complete, as `model.config.to_dict()`. `positions`: of the decoder, summed over
    utterances with their padding. `supervised`: positions that have logits.
    """
    source, width = config["max_source_positions"], config["d_model"]
    frames = 2 * source
    convolutions = _KERNEL * width * (config["num_mel_bins"] * frames + width * source)
    layer = source * _matrices(width, config["encoder_ffn_dim"]) + 2 * source**2 * width
    encoder = convolutions + config["encoder_layers"] * layer
    own = positions * _matrices(width, config["decoder_ffn_dim"])
    own += 2 * positions * (positions // utterances) * width  # what is masked is computed too
    across = 2 * positions * width * (width + source)
    return Work(
        encoder=utterances * encoder,
        heard=config["decoder_layers"] * 2 * utterances * source * width**2,
        decoder=config["decoder_layers"] * (own + across),
        head=supervised * width * config["vocab_size"],
    )


def passes(encoder: float, decoder: float) -> Work:
    """The work of training each part, in forward passes: 3, or fewer if weights are frozen.

    Takes the trained share of each part's weights; the head counts as the decoder. Frozen weights
    need no gradients, nor do their inputs if nothing before them is trained.
    """
    first, either = encoder > 0, encoder + decoder > 0
    return Work(1 + encoder + first, 1 + decoder + first, *[1 + decoder + either] * 2)


def _matrices(width: int, hidden: int) -> int:
    """Weights of a layer's own attention and of its feed-forward part."""
    return 4 * width**2 + 2 * width * hidden
