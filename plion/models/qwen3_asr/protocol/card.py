"""Texts on Qwen3-ASR for model cards, in each of the two layouts. Free of torch."""

import shlex
from collections.abc import Mapping, Sequence

from plion.config.schema import TagPolicy
from plion.models.qwen3_asr.files.sidecars import KEPT
from plion.models.values import Published
from plion.text.languages import Language
from plion.text.shipped import SHIPPED

_HUB = "Qwen/Qwen3-ASR-"  # published under Apache 2.0
_LIBRARY = {"hf": "transformers", "qwen-asr": "qwen-asr"}
_TAGS: Mapping[TagPolicy, str] = {
    "none": "It was trained to output `language None<asr_text>words`: it does not name the "
    "language, and `None` says nothing about the language spoken.",
    "predict": "It names the language itself, `language {name}<asr_text>words`, out of those it "
    "was trained on.",
    "condition": "It was trained with the language given, `language {name}<asr_text>` before its "
    "output: always give the language.",
    "absent": "It was trained to output the words only, without a language and without "
    "`<asr_text>`.",
    "mixed": "It was trained with the language given in some utterances and predicted in others: "
    "give it or leave it out.",
}
_WINDOWS = {
    "8s": "Its audio tower attends within windows of 8 s, as in transformers. The qwen-asr package "
    "does so only with FlashAttention, and may give other results for clips over 8 s without it.",
    "full": "Its audio tower attends over whole clips, as in the qwen-asr package without "
    "FlashAttention. transformers attends within windows of 8 s, and may give other results for "
    "clips over 8 s.",
}
_TRANSFORMERS = """```python
import soundfile
from transformers import AutoProcessor, Qwen3ASRForConditionalGeneration

processor = AutoProcessor.from_pretrained("{name}")
model = Qwen3ASRForConditionalGeneration.from_pretrained("{name}")
audio, rate = soundfile.read("clip.wav", dtype="float32")  # mono, 16 kHz, at most 30 s
request = processor.apply_transcription_request(audio{told})
said = model.generate(**request.to(model.dtype), max_new_tokens=256)
said = said[:, request["input_ids"].shape[1]:]
print(processor.decode(said, return_format="transcription_only")[0])
```"""
_PACKAGE = """```python
from qwen_asr import Qwen3ASRModel  # pip install qwen-asr==0.0.6

model = Qwen3ASRModel.from_pretrained("{name}")
print(model.transcribe(audio="clip.wav"{told})[0].text)
```"""
_SERVED = (
    "vLLM serves the same layout (`vllm serve {name}`, then `/v1/audio/transcriptions`); this "
    "model was not tested there."
)


class QwenCard:
    """`plion.models.card.Card` of Qwen3-ASR."""

    tag = "qwen3_asr"
    files = frozenset(KEPT)
    weights = r"(model|lm_head|thinker)\."

    def library(self, layout: str) -> str:
        """The hub's name of the library that loads a layout."""
        return _LIBRARY[layout]

    def licence(self, hub_id: str) -> str | None:
        """The licence of the published models."""
        return "apache-2.0" if hub_id.startswith(_HUB) else None

    def tag_policy(self, policy: TagPolicy, language: Language) -> str:
        """What a model of a tag policy was trained to output."""
        return _TAGS[policy].format(name=language.tag)

    def languages(self, languages: Sequence[Language]) -> list[str]:
        """Sentences on the languages that neither library accepts as given."""
        return [
            f"transformers and the qwen-asr package do not accept {row.name} as a given "
            "language: there the model must recognise it."
            for row in _unnamed(languages)
        ]

    def window(self, window: str) -> str | None:
        """What the audio tower attends to, and where results may differ."""
        return _WINDOWS[window]

    def usage(self, published: Published, layout: str) -> list[str]:
        """Code for a layout's libraries, and commands of plion."""
        context = _option(published.context)
        unnamed = _unnamed(published.languages)
        named = [row for row in published.languages if row not in unnamed]
        if published.tag == "condition" and not named:
            return [
                "It needs the language, but transformers and the qwen-asr package do not accept "
                f"{unnamed[0].name}: use it in plion, from a local copy.",
                f"    plion transcribe FOLDER clip.wav --language {unnamed[0].key}{context}",
            ]
        told = f', language="{named[0].tag}"' if published.tag == "condition" else ""
        other = {"hf": "qwen-asr", "qwen-asr": "hf"}[layout]
        code, loader, away = (
            (_TRANSFORMERS, "transformers 5.23 or newer", "the qwen-asr package and vLLM")
            if layout == "hf"
            else (_PACKAGE, "the qwen-asr package", "transformers")
        )
        # The languages that plion alone lets one ask for: the shipped ones, and the run's own.
        rows = [*_unnamed(list(SHIPPED.values())), *unnamed]
        by_name = ", ".join(dict.fromkeys(row.name for row in rows))
        name = published.name
        return [
            f"In {loader}:",
            code.format(name=name, told=told + _context(published.context, layout)),
            *([_SERVED.format(name=name)] if layout == "qwen-asr" else []),
            f"For {away} it must be in the `{other}` layout: "
            f"`plion convert FOLDER TARGET --layout {other}`, FOLDER being a local copy.",
            f"In plion, which also takes long recordings and {by_name} as a given language:",
            f"    plion transcribe FOLDER recording.mp3 --format srt{context}",
        ]


def _unnamed(languages: Sequence[Language]) -> list[Language]:
    """The languages that the published models have no name for."""
    return [row for row in languages if row.model_name is None]


def _context(context: str, layout: str) -> str:
    """The context that it was trained with, under each library's argument name; else empty."""
    name = {"hf": "prompt", "qwen-asr": "context"}[layout]
    return f", {name}={context!r}" if context else ""


def _option(context: str) -> str:
    """The context as plion's option: a copy of the weights, unlike a run, does not record it."""
    return f" --context {shlex.quote(context)}" if context else ""
