"""Greedy decoding of a prepared batch."""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import Qwen3ASRForConditionalGeneration

from plion.model.batch import Request
from plion.model.prompt import Prompter


@torch.inference_mode()
def transcribe(
    model: Qwen3ASRForConditionalGeneration,
    request: Request,
    limits: Sequence[int],
    prompter: Prompter,
) -> list[str]:
    """The raw text a model says to each utterance of a batch, language tag included.

    `limits` are tokens an utterance: a transcript ends there if it has not ended itself. The limit
    is the utterance's own, so that a hypothesis does not depend on what shares its batch.
    """
    said: Any = model.generate(  # type: ignore[misc]
        input_ids=request.ids,
        attention_mask=request.mask,
        input_features=request.features.to(model.dtype),
        input_features_mask=request.features_mask,
        max_new_tokens=max(limits),
        do_sample=False,
        eos_token_id=prompter.end,
        pad_token_id=prompter.end,
    )
    answers = said[:, request.ids.shape[1] :].tolist()
    return [prompter.decode(row[:limit]) for row, limit in zip(answers, limits, strict=True)]
