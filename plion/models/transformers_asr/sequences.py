"""Decodes with recognisers of the library that generate transcripts token by token."""

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

import numpy as np
import torch

from plion.loading.audio import SAMPLE_RATE
from plion.models.transformers_asr.foreign import Foreign, Sounds
from plion.models.values import Said, Search


def sequences_said(
    recognizer: Foreign, sounds: Sounds, limits: Sequence[int], search: Search
) -> list[Said]:
    """The output for each clip: all tokens as text, and the words; it names no language.

    Decodes one clip at a time, since padding changes the output of some models. A transcript ends
    at its own limit.
    """
    pairs = zip(sounds.samples, limits, strict=True)
    return [_said(recognizer, samples, limit, search) for samples, limit in pairs]


@torch.inference_mode()
def _said(recognizer: Foreign, samples: np.ndarray, limit: int, search: Search) -> Said:
    model, tokenizer = recognizer.model, recognizer.processor.tokenizer
    inputs = recognizer.processor.feature_extractor(
        [samples], sampling_rate=SAMPLE_RATE, return_tensors="pt", return_attention_mask=True
    ).to(model.device)
    (row,) = model.generate(
        **inputs,
        max_new_tokens=limit,
        do_sample=False,
        num_beams=search.beams,
        repetition_penalty=search.repetition_penalty,
    ).tolist()
    ends = _ends(model.generation_config)
    # After the token that opens a transcript.
    ids = list(takewhile(lambda token: token not in ends, row[1:][:limit]))
    raw, text = (tokenizer.decode(ids, skip_special_tokens=skip) for skip in (False, True))
    return Said(raw, text, None)


def _ends(settings: Any) -> set[int]:
    """The end tokens of a model, of which there may be several or none."""
    ends: set[int] = set()
    for given in (settings.eos_token_id, settings.pad_token_id):
        ends |= set(given) if isinstance(given, list) else {given} - {None}
    return ends
