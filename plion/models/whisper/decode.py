"""Decoding a prepared batch: greedily, or by beam search.

The library's own `generate` of Whisper wants a `lang_to_id` among the generation settings, which
not every model has; here a language is a token of the tokenizer. Of the generation settings only
`suppress_tokens` and `begin_suppress_tokens` are used: tokens that are never output.
"""

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

import torch
from transformers import (
    DynamicCache,
    EncoderDecoderCache,
    GenerationConfig,
    LogitsProcessorList,
    RepetitionPenaltyLogitsProcessor,
    WhisperForConditionalGeneration,
)
from transformers.generation import GenerationMixin
from transformers.modeling_outputs import BaseModelOutput

from plion.models.values import GREEDY, Search
from plion.models.whisper import long_form
from plion.models.whisper.allowed import Allowed
from plion.models.whisper.prompt import Prompter
from plion.models.whisper.tensors import WhisperRequest


@torch.inference_mode()
def transcribe(
    model: WhisperForConditionalGeneration,
    request: WhisperRequest,
    limits: Sequence[int],
    prompter: Prompter,
    *,
    search: Search = GREEDY,
) -> list[str]:
    """The raw text of each utterance, after the language token if the model chose it.

    `limits`: maximum tokens per utterance; the decoder's positions are a limit too. Clips longer
    than a window are decoded one by one.
    """
    frames = 2 * model.config.max_source_positions
    heard = encode(model, request.features[..., :frames])
    named = _named(model, request.languages, heard, prompter)
    fits = [row for row, own in enumerate(request.lengths.tolist()) if own <= frames]
    said: list[list[int]] = [[] for _ in limits]
    if fits:
        openings = _openings(None if named is None else named[fits], len(fits), prompter)
        most = model.config.max_target_positions - openings.shape[1]
        allowed = Allowed(model, prompter, openings.shape[1], [min(limits[n], most) for n in fits])
        inputs = model, heard[fits], openings.to(heard.device), allowed
        found = _greedy(*inputs) if search.greedy else _search(*inputs, search=search)
        for row, ids in zip(fits, found, strict=True):
            said[row] = list(takewhile(lambda token: token not in allowed.ends, ids))
    for row in set(range(len(limits))) - set(fits):
        mel = request.features[row, :, : request.lengths[row]]
        language = None if named is None else int(named[row])
        said[row] = long_form.said(
            model, mel, language, limits[row], prompter=prompter, search=search
        )
    if named is not None and not len(request.languages):
        said = [[own, *row] for own, row in zip(named.tolist(), said, strict=True)]
    return [prompter.decode(row) for row in said]


def encode(model: WhisperForConditionalGeneration, features: torch.Tensor) -> torch.Tensor:
    """The encoder's output (B, positions, d_model).

    Calls the encoder directly, which skips the model's own `apply_spec_augment`: masks come from
    `data.augment` alone.
    """
    output: torch.Tensor = model.model.encoder(features.to(model.dtype)).last_hidden_state
    return output


def _named(
    model: WhisperForConditionalGeneration,
    given: torch.Tensor,
    heard: torch.Tensor,
    prompter: Prompter,
) -> torch.Tensor | None:
    """The language tokens (B,): those given, else the likeliest after the start; None without."""
    if len(given) or not prompter.languages:
        return given if len(given) else None
    starts = torch.full((len(heard), 1), prompter.start, device=heard.device)
    states = model.model.decoder(input_ids=starts, encoder_hidden_states=heard, use_cache=False)
    known = torch.tensor(list(prompter.languages.values()), device=heard.device)
    scores = model.proj_out(states.last_hidden_state[:, 0])
    return known[scores[:, known].argmax(-1)]


def _openings(named: torch.Tensor | None, rows: int, prompter: Prompter) -> torch.Tensor:
    """The ids before each transcript (B, P)."""
    languages = [[]] * rows if named is None else named[:, None].tolist()
    return torch.tensor([[prompter.start, *own, *prompter.task] for own in languages])


def _greedy(
    model: WhisperForConditionalGeneration,
    heard: torch.Tensor,
    tokens: torch.Tensor,
    allowed: Allowed,
) -> list[list[int]]:
    """Takes the likeliest token each time; finished utterances are removed from the batch."""
    said: list[list[int]] = [[] for _ in tokens]
    rows = torch.arange(len(tokens), device=tokens.device)
    cache, new, whole = EncoderDecoderCache(DynamicCache(), DynamicCache()), tokens, tokens
    while len(rows):
        states = model.model.decoder(
            input_ids=new, encoder_hidden_states=heard, past_key_values=cache, use_cache=True
        ).last_hidden_state
        found = allowed(whole, model.proj_out(states[:, -1])).argmax(-1)
        for row, token in zip(rows.tolist(), found.tolist(), strict=True):
            said[row].append(token)
        whole = torch.cat([whole, found[:, None]], dim=1)
        ended = torch.isin(found, torch.tensor(allowed.ends, device=found.device))
        going = (~(ended | allowed.done(whole))).nonzero().squeeze(1)
        if len(going) < len(rows):
            cache.batch_select_indices(going)
            allowed.keep(going)
            rows, heard, whole = rows[going], heard[going], whole[going]
        new = whole[:, -1:]
    return said


def _search(
    model: WhisperForConditionalGeneration,
    heard: torch.Tensor,
    tokens: torch.Tensor,
    allowed: Allowed,
    *,
    search: Search,
) -> list[list[int]]:
    """The token ids found by the library's search, each cut at its own limit."""
    start = tokens.shape[1]
    processors = LogitsProcessorList([allowed])
    if search.repetition_penalty != 1:
        processors.insert(0, RepetitionPenaltyLogitsProcessor(search.repetition_penalty, start))
    settings = GenerationConfig(
        max_length=start + int(allowed.limits.max()) + 1,
        num_beams=search.beams,
        do_sample=False,
        decoder_start_token_id=int(tokens[0, 0]),
        eos_token_id=allowed.ends,
        pad_token_id=allowed.end,
    )
    network: Any = model
    said: Any = GenerationMixin.generate(
        network,
        encoder_outputs=BaseModelOutput(last_hidden_state=heard),
        decoder_input_ids=tokens,
        generation_config=settings,
        logits_processor=processors,
    )
    rows: list[list[int]] = said[:, start:].tolist()
    return rows
