"""The two layouts of a Qwen3-ASR checkpoint: detection, and names of tensors in each.

`hf` is read by transformers (5 and newer); `qwen-asr`, in which the models of arXiv 2601.21337 were
published, by the package of that name and by vLLM. Without torch.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plion.errors import InputError
from plion.models.folders.documents import read_json
from plion.models.qwen3_asr.files.configurations import Config, hf_config

HF, QWEN_ASR = LAYOUTS = ("hf", "qwen-asr")

# Prefixes of names in one layout and in the other; the first match counts.
_PREFIXES = (
    ("model.multi_modal_projector.linear_1.", "thinker.audio_tower.proj1."),
    ("model.multi_modal_projector.linear_2.", "thinker.audio_tower.proj2."),
    ("model.audio_tower.", "thinker.audio_tower."),
    ("model.language_model.", "thinker.model."),
    ("lm_head.", "thinker.lm_head."),
)


def layout(config: Mapping[str, Any]) -> str:
    """The layout (of `LAYOUTS`) of a config.json."""
    return QWEN_ASR if "thinker_config" in config else HF


def read_config(folder: Path, generation: Path | None = None) -> Config:
    """The configuration of a folder in either layout, under the names of `hf`.

    `generation`: the folder whose generation_config.json goes with it, if it is another.
    Raises InputError where there is none, and for Qwen3's forced aligner, which has the same kind.
    """
    config = read_json(folder / "config.json")
    if layout(config) == HF:
        return config
    ends = (generation or folder) / "generation_config.json"
    try:
        return hf_config(config, read_json(ends) if ends.is_file() else {})
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise InputError(f"{folder / 'config.json'} is not of Qwen3-ASR ({error})") from error
    except InputError as error:
        raise InputError(f"{folder}: {error}") from error


def hf_name(name: str) -> str:
    """The name in `hf` of a tensor of the `qwen-asr` layout; other names are unchanged."""
    return _renamed(name, [(theirs, ours) for ours, theirs in _PREFIXES])


def qwen_asr_name(name: str) -> str:
    """The name in `qwen-asr` of a tensor of the `hf` layout; other names are unchanged."""
    return _renamed(name, _PREFIXES)


def stored_name(name: str, layout: str) -> str:
    """The name in a layout of a tensor of `hf`."""
    return qwen_asr_name(name) if layout == QWEN_ASR else name


def _renamed(name: str, prefixes: Any) -> str:
    for before, after in prefixes:
        if name.startswith(before):
            return str(after) + name.removeprefix(before)
    return name
