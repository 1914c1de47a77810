"""The audio encoder's attention, all windows of a batch at once.

The encoder of Qwen3-ASR attends within windows of 8 s. Without FlashAttention the library calls
attention once a window and layer, in a Python loop that waits for the device each time. Here the
windows are padded to the longest and go through one masked call a layer; the results are the same
but for rounding.
"""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from transformers import AttentionInterface, Qwen3ASREncoder
from transformers.models.qwen3_asr.modeling_qwen3_asr import get_audio_cu_seqlens
from transformers.utils import is_flash_attn_2_available

# Not a word with "flash", by which the library knows implementations that take packed windows.
NAME = "plion_windows"


@dataclass(frozen=True)
class _Windows:
    """How W windows of at most L positions lie in the T packed positions of a batch of clips.

    `bounds` (W + 1,) are the packed places where windows begin and end. Padded to L and laid end to
    end, packed position t is at `slots[t]`, and `mask` (W, 1, 1, L) tells keys from padding; both
    are None where nothing is padded.
    """

    count: int
    longest: int
    bounds: torch.Tensor
    slots: torch.Tensor | None
    mask: torch.Tensor | None


def batch_windows(model: torch.nn.Module) -> None:
    """Makes every audio tower in a model attend to all windows of a batch in one call a layer.

    FlashAttention 2 is used where it is installed and can run: on CUDA, in half precision.
    Elsewhere it is torch's scaled_dot_product_attention. Weights and what is saved stay as they
    are; `model.set_attn_implementation("sdpa")` goes back to the library's loop.
    """
    for tower in model.modules():
        if isinstance(tower, Qwen3ASREncoder):
            tower.set_attn_implementation(NAME)
            if _add_windows not in tower._forward_pre_hooks.values():
                tower.register_forward_pre_hook(_add_windows, with_kwargs=True)


def _add_windows(
    tower: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """Tells the layers of a tower the windows of its batch, worked out once, not in every layer."""
    if tower.config._attn_implementation != NAME:  # another was chosen since
        return None
    mask = args[1] if len(args) > 1 else kwargs["input_features_mask"]
    chunk = 2 * tower.n_window
    # Only here does the device have to be waited for: the windows are laid out on the CPU.
    frames = mask.unfold(1, chunk, chunk).sum(-1).long().cpu()
    bounds = get_audio_cu_seqlens(
        frames.flatten(), frames.sum(-1), tower.n_window_infer, tower.n_window
    )
    # To the library the batch is one window, so that its loop makes one call. It takes these
    # bounds instead of its own, and splits by them without the device if they are on the CPU.
    whole = bounds[[0, -1]]
    return args, {**kwargs, "cu_seqlens": whole, "windows": _windows(bounds, mask.device)}


def _windows(bounds: torch.Tensor, device: torch.device) -> _Windows:
    lengths = bounds.diff().long()
    count, longest, packed = len(lengths), int(lengths.max()), int(bounds[-1])
    slots = mask = None
    if packed < count * longest:
        padding = torch.arange(count) * longest - bounds[:-1]  # before each window, in all
        slots = torch.arange(packed) + padding.repeat_interleave(lengths)
        slots = slots.to(device, non_blocking=True)
        mask = (torch.arange(longest) < lengths[:, None])[:, None, None]
        mask = mask.to(device, non_blocking=True)
    return _Windows(count, longest, bounds.to(device, non_blocking=True), slots, mask)


def _attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float,
    dropout: float = 0.0,
    windows: _Windows | None = None,
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """Attention within windows, as the library calls it: (1, H, T, D) each, to (1, T, H, D)."""
    if windows is None:  # a tower made from the configuration of another: the loop, as ever
        one_window = AttentionInterface()["sdpa"]
        found: tuple[torch.Tensor, None] = one_window(
            module, query, key, value, attention_mask, scaling=scaling, dropout=dropout, **kwargs
        )
        return found
    packed = [part[0].transpose(0, 1) for part in (query, key, value)]
    attend = _flash if _flash_runs(query) else _padded
    return attend(packed, windows, scaling, dropout).unsqueeze(0), None


def _padded(
    packed: list[torch.Tensor], windows: _Windows, scale: float, dropout: float
) -> torch.Tensor:
    """Queries, keys and values (T, H, D) to their attention (T, H, D)."""
    query, key, value = (_pad(part, windows) for part in packed)
    # Every window has a key, so the softmax of a padded query is finite; nobody reads its result.
    found = F.scaled_dot_product_attention(
        query, key, value, attn_mask=windows.mask, dropout_p=dropout, scale=scale
    )
    found = found.transpose(1, 2).flatten(0, 1)
    return found if windows.slots is None else found.index_select(0, windows.slots)


def _pad(part: torch.Tensor, windows: _Windows) -> torch.Tensor:
    """A part (T, H, D) as (W, H, L, D), zeros behind the end of a window."""
    if windows.slots is not None:
        padded = part.new_zeros(windows.count * windows.longest, *part.shape[1:])
        # Unlike index_copy, it keeps no second copy of the part for the backward pass.
        part = padded.index_put((windows.slots,), part)
    return part.view(windows.count, windows.longest, *part.shape[1:]).transpose(1, 2)


def _flash(
    packed: list[torch.Tensor], windows: _Windows, scale: float, dropout: float
) -> torch.Tensor:
    """The same by FlashAttention, which takes windows as they are packed."""
    from flash_attn import flash_attn_varlen_func  # type: ignore[import-not-found]

    found: torch.Tensor = flash_attn_varlen_func(
        *packed,
        cu_seqlens_q=windows.bounds,
        cu_seqlens_k=windows.bounds,
        max_seqlen_q=windows.longest,
        max_seqlen_k=windows.longest,
        dropout_p=dropout,
        softmax_scale=scale,
    )
    return found


def _flash_runs(query: torch.Tensor) -> bool:
    half = query.dtype in (torch.float16, torch.bfloat16)
    if not (query.is_cuda and half and is_flash_attn_2_available()):
        return False
    return torch.cuda.get_device_capability(query.device) >= (8, 0)  # Ampere and newer


AttentionInterface.register(NAME, _attention)
