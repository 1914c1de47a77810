"""Decodes a prepared batch, greedily or by beam search."""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import DynamicCache, Qwen3ASRForConditionalGeneration
from transformers.models.qwen3.modeling_qwen3 import apply_rotary_pos_emb

from plion.models.qwen3_asr.encoder import embeddings
from plion.models.qwen3_asr.prompt import Prompter
from plion.models.qwen3_asr.search import searched
from plion.models.qwen3_asr.tensors import Request
from plion.models.values import GREEDY, Search


@torch.inference_mode()
def transcribe(
    model: Qwen3ASRForConditionalGeneration,
    request: Request,
    limits: Sequence[int],
    prompter: Prompter,
    *,
    search: Search = GREEDY,
) -> list[str]:
    """The raw output for each utterance of a batch, including the language tag.

    `limits`: maximum tokens of each utterance. A transcript is cut at its own limit, so that it
    does not depend on the other utterances of the batch.
    """
    heard = embeddings(model, request.ids, request.audio)
    if search.greedy:
        said = _greedy(model, request, heard, limits, end=prompter.end)
    else:
        said = searched(model, request, heard, limits, end=prompter.end, search=search)
    return [prompter.decode(row[:limit]) for row, limit in zip(said, limits, strict=True)]


def _greedy(
    model: Qwen3ASRForConditionalGeneration,
    request: Request,
    heard: torch.Tensor,
    limits: Sequence[int],
    *,
    end: int,
) -> list[list[int]]:
    """Takes the likeliest token each time; finished utterances are removed from the batch."""
    said: list[list[int]] = [[] for _ in limits]
    mask = request.mask.bool()
    places = (request.mask.cumsum(1) - 1).clamp(min=0)
    settings: Any = model.config.text_config
    cache = DynamicCache(config=settings)
    rows, step = torch.arange(len(limits), device=mask.device), 0
    left = torch.tensor(limits, device=mask.device)
    states = _first(model, cache, mask, places, heard=heard)
    while True:
        tokens = model.lm_head(states[:, 0]).argmax(-1)
        for row, token in zip(rows.tolist(), tokens.tolist(), strict=True):
            said[row].append(token)
        step += 1
        going = ((tokens != end) & (left > step)).nonzero().squeeze(1)
        if not len(going):
            return said
        if len(going) < len(rows):
            cache.batch_select_indices(going)
            rows, left, mask, places = rows[going], left[going], mask[going], places[going]
            tokens = tokens[going]
        mask = torch.cat([mask, mask.new_ones(len(mask), 1)], dim=1)
        places = places[:, -1:] + 1
        states = _states(model, cache, mask, places, tokens=tokens[:, None])


def _first(
    model: Qwen3ASRForConditionalGeneration,
    cache: DynamicCache,
    mask: torch.Tensor,
    places: torch.Tensor,
    *,
    heard: torch.Tensor,
) -> torch.Tensor:
    """The last hidden state (B, 1, hidden) of the prompt, as `_states`.

    The last layer computes only keys and values for the other positions, whose output is unused.
    """
    decoder: Any = model.model.language_model
    seen = _seen(model, mask, places.shape[1])
    cosines, sines = decoder.rotary_emb(heard, places)
    for layer in decoder.layers[:-1]:
        heard = layer(
            heard,
            attention_mask=seen,
            position_embeddings=(cosines, sines),
            past_key_values=cache,
        )
    last = decoder.layers[-1]
    _remember(last, cache, heard[:, :-1], cosines[:, :-1], sines=sines[:, :-1])
    heard = last(
        heard[:, -1:],
        attention_mask=_seen(model, mask, 1),
        position_embeddings=(cosines[:, -1:], sines[:, -1:]),
        past_key_values=cache,
    )
    output: torch.Tensor = decoder.norm(heard)
    return output


def _remember(
    layer: Any,
    cache: DynamicCache,
    states: torch.Tensor,
    cosines: torch.Tensor,
    *,
    sines: torch.Tensor,
) -> None:
    """Adds a layer's keys and values for states (B, T, hidden) to the cache."""
    attention, states = layer.self_attn, layer.input_layernorm(states)
    shape = (*states.shape[:2], -1, attention.head_dim)
    keys = attention.k_norm(attention.k_proj(states).view(shape)).transpose(1, 2)
    values = attention.v_proj(states).view(shape).transpose(1, 2)
    _, keys = apply_rotary_pos_emb(keys, keys, cosines, sines)
    cache.update(keys, values, attention.layer_idx)


def _states(
    model: Qwen3ASRForConditionalGeneration,
    cache: DynamicCache,
    mask: torch.Tensor,
    places: torch.Tensor,
    *,
    tokens: torch.Tensor,
) -> torch.Tensor:
    """Hidden states (B, 1, hidden) of tokens (B, 1); updates the cache.

    `places` (B, 1): positions without padding. `mask` (B, all so far): false for padding.
    """
    output: torch.Tensor = model.model.language_model(
        input_ids=tokens,
        attention_mask={"full_attention": _seen(model, mask, 1)},
        position_ids=places,
        past_key_values=cache,
        use_cache=True,
    ).last_hidden_state
    return output


def _seen(
    model: Qwen3ASRForConditionalGeneration, mask: torch.Tensor, new: int
) -> torch.Tensor | None:
    """The attention mask of the last `new` positions, in the form that attention takes.

    Built here because the library would rebuild it slowly for each token.
    """
    settings: Any = model.config.text_config
    if settings._attn_implementation != "sdpa":  # FlashAttention takes the padding mask or None
        return None if mask.all() else mask
    if new == 1:
        return mask[:, None, None]
    causal = torch.ones(new, new, dtype=torch.bool, device=mask.device).tril()
    # Padding attends to itself, because a softmax over nothing is NaN.
    return mask[:, None, None] & causal | causal & causal.T
