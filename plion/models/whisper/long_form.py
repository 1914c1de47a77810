"""Decodes clips longer than Whisper's window, one clip at a time, window after window.

Uses the library's `generate`: the model outputs time stamps, and the next window starts where the
last complete phrase ends.
"""

from copy import deepcopy
from typing import Any

import torch
from transformers import GenerationConfig, WhisperForConditionalGeneration

from plion.models.values import Search
from plion.models.whisper.prompt import Prompter


def said(
    model: WhisperForConditionalGeneration,
    features: torch.Tensor,
    language: int | None,
    limit: int,
    *,
    prompter: Prompter,
    search: Search,
) -> list[int]:
    """The tokens of a transcript without time stamps; features (mels, frames).

    `language`: its token; None for an English-only model. `limit`: tokens over all windows.
    """
    given: dict[str, Any] = {}
    if language is not None:
        codes = {number: code for code, number in prompter.languages.items()}
        given = {"language": codes[language], "task": "transcribe"}
    output: Any = model.generate(
        input_features=features[None],
        attention_mask=torch.ones_like(features[:1], dtype=torch.long),
        return_timestamps=True,
        max_new_tokens=min(limit, model.config.max_target_positions - 4),
        do_sample=False,
        num_beams=search.beams,
        repetition_penalty=search.repetition_penalty,
        generation_config=_settings(model, prompter),
        **given,
    )
    words = [token for token in output[0].tolist() if token not in set(prompter.added)]
    return words[:limit]


def _settings(model: WhisperForConditionalGeneration, prompter: Prompter) -> GenerationConfig:
    """The generation settings of a model, with tokens added that the library needs."""
    settings: Any = deepcopy(model.generation_config)
    known: dict[str, Any] = {"no_timestamps_token_id": prompter.task[-1]}
    if prompter.languages:
        languages = {f"<|{code}|>": token for code, token in prompter.languages.items()}
        tasks = {"transcribe": prompter.task[0]}
        known |= {"is_multilingual": True, "lang_to_id": languages, "task_to_id": tasks}
    for name, value in known.items():
        if getattr(settings, name, None) is None:
            setattr(settings, name, value)
    found: GenerationConfig = settings
    return found
