"""Restricts the next token of a Whisper transcript."""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import LogitsProcessor, WhisperForConditionalGeneration

from plion.models.whisper.prompt import Prompter


class Allowed(LogitsProcessor):
    """Masks the scores of forbidden tokens; at its limit a transcript may only end.

    start: tokens of a row before its transcript.
    """

    def __init__(
        self,
        model: WhisperForConditionalGeneration,
        prompter: Prompter,
        start: int,
        limits: Sequence[int],
    ) -> None:
        settings: Any = model.generation_config
        own = settings.eos_token_id
        self.start, self.end = start, prompter.end
        self.ends = sorted({self.end, *(own if isinstance(own, list) else ())})
        self.limits = torch.tensor(limits, device=model.device)
        self.never = _mask(
            model, {*(settings.suppress_tokens or ()), *prompter.added} - {*self.ends}
        )
        self.at_first = _mask(model, set(settings.begin_suppress_tokens or ()))

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Masks the scores of the next token (rows, vocabulary); rows: utterances x beams."""
        scores = scores.masked_fill(self.never, -torch.inf)
        if input_ids.shape[1] == self.start:
            scores = scores.masked_fill(self.at_first, -torch.inf)
        ended = torch.full_like(scores, -torch.inf)
        ended[:, self.end] = 0
        return torch.where(self.done(input_ids)[:, None], ended, scores)

    def done(self, input_ids: torch.Tensor) -> torch.Tensor:
        """A mask of rows that have reached their utterance's limit (rows,)."""
        limits = self.limits.repeat_interleave(len(input_ids) // len(self.limits))
        return limits <= input_ids.shape[1] - self.start

    def keep(self, rows: torch.Tensor) -> None:
        """Keeps only these utterances."""
        self.limits = self.limits[rows]


def _mask(model: WhisperForConditionalGeneration, tokens: set[int]) -> torch.Tensor:
    """A mask of the vocabulary (V,), true for these tokens."""
    mask = torch.zeros(model.config.vocab_size, dtype=torch.bool)
    mask[[token for token in tokens if 0 <= token < len(mask)]] = True
    return mask.to(model.device)
