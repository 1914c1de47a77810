"""Texts on Whisper for model cards and repositories of the hub. Free of torch."""

from collections.abc import Sequence

from plion.config.schema import TagPolicy
from plion.models.values import Published
from plion.text.languages import Language

_OPENAI = "openai/whisper-"  # published under Apache 2.0
_TRANSFORMERS = """```python
import soundfile
from transformers import WhisperForConditionalGeneration, WhisperProcessor

processor = WhisperProcessor.from_pretrained("{name}")
model = WhisperForConditionalGeneration.from_pretrained("{name}")
audio, rate = soundfile.read("clip.wav", dtype="float32")  # mono, 16 kHz, at most 30 s
features = processor(audio, sampling_rate=rate, return_tensors="pt").input_features
said = model.generate(features{told})
print(processor.batch_decode(said, skip_special_tokens=True)[0])
```"""
_TAGS: dict[str, str] = {
    "predict": "It names the language itself, by a token such as `<|{key}|>` before its "
    "transcript, out of those it was trained on.",
    "condition": "It was trained with the language given, by a token such as `<|{key}|>` before "
    "its transcript: without that it is used as it was not trained.",
}


class WhisperCard:
    """`plion.models.card.Card`, whose docstrings hold here too."""

    tag = "whisper"
    weights = r"model\.(encoder|decoder)\.|proj_out\."

    def __init__(self, files: Sequence[str]) -> None:
        self.files = frozenset(files)

    def library(self, layout: str) -> str:
        return "transformers"

    def licence(self, hub_id: str) -> str | None:
        return "apache-2.0" if hub_id.startswith(_OPENAI) else None

    def tag_policy(self, policy: TagPolicy, language: Language) -> str:
        return _TAGS[policy].format(key=language.key)

    def languages(self, languages: Sequence[Language]) -> list[str]:
        """No sentences: every language that it can be trained on has a token and can be given."""
        return []

    def window(self, window: str) -> str | None:
        return None

    def usage(self, published: Published, layout: str) -> list[str]:
        told = ""
        if published.tag == "condition":
            told = f', language="{published.languages[0].key}", task="transcribe"'
        return [
            "In transformers 5.23 or newer:",
            _TRANSFORMERS.format(name=published.name, told=told),
            "In plion, long recordings included:",
            "    plion transcribe FOLDER recording.mp3 --format srt",
        ]
