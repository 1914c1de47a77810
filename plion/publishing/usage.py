"""The section "Use" of a model card: how to load the model, in either layout."""

import shlex

from plion.publishing.finished import Finished
from plion.text.shipped import SHIPPED

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


def usage_section(run: Finished, layout: str, name: str) -> str:
    """Code and commands that use the model; `name`: its repository or folder."""
    if run.alone(layout):
        parts = [
            f"This is a LoRA adapter of {run.base.shown}, for peft and plion. From a local folder:",
            f"    plion transcribe {name} clip.wav{_option(run)}",
        ]
        return "\n\n".join(["## Use", *parts])
    if run.exp.tag.train == "condition" and not _askable(run):
        parts = [
            "It needs the language, but transformers and the qwen-asr package do not accept "
            f"{run.known[run.unnamed[0]].name}: use it in plion, from a local copy.",
            f"    plion transcribe FOLDER clip.wav --language {run.unnamed[0]}{_option(run)}",
        ]
        return "\n\n".join(["## Use", *parts])
    other = {"hf": "qwen-asr", "qwen-asr": "hf"}[layout]
    code, loader, away = (
        (_TRANSFORMERS, "transformers 5.23 or newer", "the qwen-asr package and vLLM")
        if layout == "hf"
        else (_PACKAGE, "the qwen-asr package", "transformers")
    )
    parts = [
        f"In {loader}:",
        code.format(name=name, told=_language(run) + _context(run, layout)),
        *([_SERVED.format(name=name)] if layout == "qwen-asr" else []),
        f"For {away} it must be in the `{other}` layout: "
        f"`plion convert FOLDER TARGET --layout {other}`, FOLDER being a local copy.",
        f"In plion, which also takes long recordings and {_by_name(run)} as a given language:",
        f"    plion transcribe FOLDER recording.mp3 --format srt{_option(run)}",
    ]
    return "\n\n".join(["## Use", *parts])


def _by_name(run: Finished) -> str:
    """The languages that plion alone lets one ask for: the package's, and the run's own."""
    rows = [row for row in SHIPPED.values() if row.model_name is None]
    rows += [run.known[key] for key in run.unnamed]
    return ", ".join(dict.fromkeys(row.name for row in rows))


def _language(run: Finished) -> str:
    """The language argument, for a model trained with the language given; else empty."""
    if run.exp.tag.train != "condition":
        return ""
    return f', language="{run.known[_askable(run)[0]].tag}"'


def _context(run: Finished, layout: str) -> str:
    """The context that it was trained with, under each library's argument name; else empty."""
    context = run.exp.data.context
    name = {"hf": "prompt", "qwen-asr": "context"}[layout]
    return f", {name}={context!r}" if context else ""


def _option(run: Finished) -> str:
    """The context as plion's option: a copy of the weights, unlike a run, does not record it."""
    return f" --context {shlex.quote(run.exp.data.context)}" if run.exp.data.context else ""


def _askable(run: Finished) -> list[str]:
    """The languages of a run that transformers and the qwen-asr package accept as given."""
    return [key for key in run.languages if key not in run.unnamed]


_SERVED = (
    "vLLM serves the same layout (`vllm serve {name}`, then `/v1/audio/transcriptions`); this "
    "model was not tested there."
)
