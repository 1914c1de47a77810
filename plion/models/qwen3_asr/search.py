"""Decodes with the library's beam search and repetition penalty."""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import (
    LogitsProcessor,
    LogitsProcessorList,
    Qwen3ASRForConditionalGeneration,
    RepetitionPenaltyLogitsProcessor,
)

from plion.models.qwen3_asr.tensors import Request
from plion.models.values import Search


def searched(
    model: Qwen3ASRForConditionalGeneration,
    request: Request,
    heard: torch.Tensor,
    limits: Sequence[int],
    *,
    end: int,
    search: Search,
) -> list[list[int]]:
    """The token ids found by the library's search, each cut at its own limit."""
    start = request.ids.shape[1]
    processors = LogitsProcessorList([_Limits(start, limits, search.beams, end)])
    if search.repetition_penalty != 1:
        # The prompt's tokens are not penalised: the end token is among them.
        own = RepetitionPenaltyLogitsProcessor(search.repetition_penalty, start)
        processors.insert(0, own)
    said: Any = model.generate(  # type: ignore[misc]
        input_ids=request.ids,
        inputs_embeds=heard,
        attention_mask=request.mask,
        max_new_tokens=max(limits) + 1,
        num_beams=search.beams,
        logits_processor=processors,
        do_sample=False,
        eos_token_id=end,
        pad_token_id=end,
    )
    rows: list[list[int]] = said[:, start:].tolist()
    return rows


class _Limits(LogitsProcessor):
    """A stopping criterion that ends each utterance at its own limit of tokens."""

    def __init__(self, start: int, limits: Sequence[int], beams: int, end: int) -> None:
        self.start = start
        self.limits = torch.tensor(limits).repeat_interleave(beams)
        self.end = end

    def __call__(self, input_ids: torch.LongTensor, scores: torch.Tensor) -> torch.Tensor:
        over = (input_ids.shape[1] - self.start >= self.limits).to(scores.device)
        ended = torch.full_like(scores, -torch.inf)
        ended[:, self.end] = 0
        return torch.where(over[:, None], ended, scores)
