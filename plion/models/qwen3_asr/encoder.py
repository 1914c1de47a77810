"""The audio tower with one attention call per layer, and its output inserted among the text.

The tower of Qwen3-ASR attends within windows of 8 s. Without FlashAttention the library calls
attention once per window and layer, in a Python loop that synchronises with the device each time.
Here the windows are padded to the longest and go through one masked call per layer. All positions
follow from the clips' lengths (`tensors.py`), so that nothing synchronises, and chunks of padding
are not convolved. The results are the same up to rounding.

The `qwen-asr` package (0.0.6) uses the same windows only with FlashAttention; without it each
position attends to its whole clip. `model.encoder_window: full` reproduces that with any attention.
"""

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from transformers import (
    AttentionInterface,
    Qwen3ASRConfig,
    Qwen3ASREncoder,
    Qwen3ASRForConditionalGeneration,
)

from plion.errors import InputError
from plion.models.qwen3_asr.tensors import CHUNK, POSITIONS, WINDOW, Audio

# Not a word with "flash", by which the library knows implementations that take packed windows.
WINDOWS = "plion_windows"

# By `model.attention`: what the library is to call in the whole model and in the audio tower.
ATTENTION = {
    "sdpa": {"": "sdpa", "text_config": "sdpa", "audio_config": WINDOWS},
    "reference": {"": "sdpa", "text_config": "sdpa", "audio_config": "sdpa"},
    "flash": dict.fromkeys(("", "text_config", "audio_config"), "flash_attention_2"),
}


def check_encoder(config: Qwen3ASRConfig, folder: Path) -> None:
    """Raises InputError for a tower with other chunks or windows than the published models."""
    own: Any = config.audio_config
    if (2 * own.n_window, own.n_window_infer) != (CHUNK, WINDOW // POSITIONS * CHUNK):
        raise InputError(
            f"model {folder} takes audio in chunks of {2 * own.n_window} frames and windows of "
            f"{own.n_window_infer}; only 100 and 800, as in the published models, are supported"
        )


def embeddings(
    model: Qwen3ASRForConditionalGeneration, ids: torch.Tensor, audio: Audio
) -> torch.Tensor:
    """The input of the language model (B, T, hidden): token embeddings, with audio in its places.

    Raises torch's RuntimeError if ids have another number of places than the audio has positions.
    """
    words: torch.Tensor = model.get_input_embeddings()(ids)
    heard = model.model.multi_modal_projector(encode(model.model.audio_tower, audio))
    placed = words.flatten(0, 1).index_put((audio.places,), heard.to(words.dtype))
    return placed.view_as(words)


def encode(tower: Qwen3ASREncoder, audio: Audio) -> torch.Tensor:
    """The tower's output for the clips of a batch, (N, d_model), one clip after another."""
    # Channels last in memory makes convolutions 1.5 times as fast on a CPU.
    found = audio.chunks.to(tower.dtype)[:, None].to(memory_format=torch.channels_last)
    for convolution in (tower.conv2d1, tower.conv2d2, tower.conv2d3):
        found = F.gelu(convolution(found))
    found = tower.conv_out(found.permute(0, 3, 1, 2).flatten(2))  # (C, 13, d_model)
    found = found + tower.positional_embedding(POSITIONS).to(found.dtype)
    found = found.flatten(0, 1).index_select(0, audio.kept)
    bounds, more = audio.bounds, {}
    if tower.config._attn_implementation == WINDOWS:
        # The library sees one window, so that its loop makes one call.
        bounds, more = torch.tensor([0, len(found)]), {"windows": audio}
    for layer in tower.layers:
        (found,) = layer(found, bounds, max_seqlen=audio.mask.shape[1], **more)
    output: torch.Tensor = tower.ln_post(found)
    return output


def _attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float,
    dropout: float = 0.0,
    windows: Audio | None = None,
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """Attention within windows, called by the library: (1, H, N, D) each, to (1, N, H, D)."""
    if windows is None:  # not called from `encode`: the library's loop
        one_window = AttentionInterface()["sdpa"]
        found: tuple[torch.Tensor, None] = one_window(
            module, query, key, value, attention_mask, scaling=scaling, dropout=dropout, **kwargs
        )
        return found
    query, key, value = (_padded(part[0].transpose(0, 1), windows) for part in (query, key, value))
    # Every window has a key, so the softmax of a padded query is finite; its result is unused.
    output = F.scaled_dot_product_attention(
        query, key, value, windows.mask[:, None, None], dropout_p=dropout, scale=scaling
    )
    output = output.transpose(1, 2).flatten(0, 1).index_select(0, windows.slots)
    return output[None], None


def _padded(part: torch.Tensor, windows: Audio) -> torch.Tensor:
    """Pads (N, H, D) to (W, H, L, D) with zeros at the end of each window."""
    count, longest = windows.mask.shape
    # Unlike index_copy, index_put keeps no second copy of the part for the backward pass.
    empty: torch.Tensor = part.new_zeros(count * longest, *part.shape[1:])
    rectangle = empty.index_put((windows.slots,), part)
    return rectangle.view(count, longest, *part.shape[1:]).transpose(1, 2)


AttentionInterface.register(WINDOWS, _attention)
