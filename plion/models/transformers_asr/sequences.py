"""Decoding with a recogniser of the library that says a transcript token by token."""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

import numpy as np
import torch
from transformers.models.whisper.tokenization_whisper import LANGUAGES as WHISPER_LANGUAGES

from plion.loading.audio import SAMPLE_RATE
from plion.models.transformers_asr.foreign import Foreign, Sounds
from plion.models.transformers_asr.kinds import WHISPER, WINDOW
from plion.models.values import Said, Search
from plion.text.shipped import SHIPPED

_PROMPT = 4  # tokens that open Whisper's transcripts: start, language, task, no timestamps


def sequences_said(
    recognizer: Foreign, sounds: Sounds, limits: Sequence[int], search: Search
) -> list[Said]:
    """What is said to each clip: all tokens as text, the words alone, the language named.

    Whisper names the language after the first 30 seconds, where it is not given.
    What is longer than Whisper hears at a time is decoded window after window, as the library does
    it. A transcript ends at its own limit, but several beams are searched to the limit of the
    longest that is decoded with them.
    """
    said = [Said("", "", None)] * len(sounds.samples)
    for places in _together(recognizer, sounds):
        given = [sounds.languages[place] for place in places] if sounds.languages else None
        samples, most = [sounds.samples[n] for n in places], [limits[n] for n in places]
        found = _said(recognizer, samples, given, search, most)
        for place, one in zip(places, found, strict=True):
            said[place] = one
    return said


def multilingual(recognizer: Foreign) -> bool:
    """Whether a model names the language of what it hears: Whisper, if of several languages."""
    if recognizer.kind != WHISPER:
        return False
    return bool(getattr(recognizer.model.generation_config, "lang_to_id", None))


def _together(recognizer: Foreign, sounds: Sounds) -> Iterator[list[int]]:
    """Places in a batch that are decoded together: Whisper hears all of them in one window.

    Others may hear the padding that a longer clip brings.
    """
    longest = WINDOW * SAMPLE_RATE if recognizer.kind == WHISPER else 0.0
    short = [n for n, samples in enumerate(sounds.samples) if len(samples) <= longest]
    if short:
        yield short
    yield from ([n] for n in range(len(sounds.samples)) if n not in short)


@torch.inference_mode()
def _said(
    recognizer: Foreign,
    samples: Sequence[np.ndarray],
    languages: Sequence[str] | None,
    search: Search,
    limits: Sequence[int],
) -> list[Said]:
    model, tokenizer = recognizer.model, recognizer.processor.tokenizer
    long = recognizer.kind == WHISPER and len(samples[0]) > WINDOW * SAMPLE_RATE
    inputs = _inputs(recognizer, samples, long=long)
    most, more, start = max(limits), dict[str, Any](), 1  # after the token that opens a transcript
    if recognizer.kind == WHISPER:
        # In a window; and the library takes what opens a transcript off itself.
        most, start = min(most, model.config.max_target_positions - _PROMPT), 0
        more["return_timestamps"] = long
    named: list[str | None] = [None] * len(samples)
    if multilingual(recognizer):
        heard = languages or _heard(model, inputs)
        named = named if languages else [_name(code) for code in heard]
        more |= {"language": list(heard), "task": "transcribe"}
    sequences = model.generate(
        **inputs,
        **more,
        max_new_tokens=most,
        do_sample=False,
        num_beams=search.beams,
        repetition_penalty=search.repetition_penalty,
    )
    ends = _ends(model.generation_config)
    said = []
    for row, limit, name in zip(sequences.tolist(), limits, named, strict=True):
        ids = list(takewhile(lambda token: token not in ends, row[start:][:limit]))
        raw, text = (tokenizer.decode(ids, skip_special_tokens=skip) for skip in (False, True))
        said.append(Said(raw, text, name))
    return said


def _ends(settings: Any) -> set[int]:
    """The tokens that end a transcript: a model may have several, one, or none of a kind."""
    ends: set[int] = set()
    for given in (settings.eos_token_id, settings.pad_token_id):
        ends |= set(given) if isinstance(given, list) else {given} - {None}
    return ends


def _inputs(recognizer: Foreign, samples: Sequence[np.ndarray], *, long: bool) -> dict[str, Any]:
    """Features of clips; Whisper's are of 30 seconds each, but for a longer clip's."""
    whole = {"truncation": False, "padding": "longest"} if long else {}
    features = recognizer.processor.feature_extractor(
        list(samples),
        sampling_rate=SAMPLE_RATE,
        return_tensors="pt",
        return_attention_mask=True,
        **whole,
    )
    return dict(features.to(recognizer.model.device))


def _heard(model: Any, inputs: dict[str, Any]) -> list[str]:
    """Codes of the languages that Whisper takes clips to be in."""
    codes = {number: token[2:-2] for token, number in model.generation_config.lang_to_id.items()}
    found = model.detect_language(inputs["input_features"])
    return [codes[number] for number in found.tolist()]


def _name(code: str) -> str:
    """A language by the name that the project's own models give it, else Whisper's."""
    known = SHIPPED.get(code)
    return known.tag if known else str(WHISPER_LANGUAGES.get(code, code)).title()
