"""The files beside the weights of a checkpoint, in each layout.

    both        tokenizer.json, tokenizer_config.json, chat_template.jinja, generation_config.json
    hf          processor_config.json, with a Qwen3ASRFeatureExtractor
    qwen-asr    preprocessor_config.json, of a WhisperFeatureExtractor

Free of torch.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plion.errors import InputError
from plion.models import tokenizer as tokenizers
from plion.models.folders.documents import read_json
from plion.models.qwen3_asr.files.configurations import Config, qwen_asr_config
from plion.models.qwen3_asr.files.layouts import HF, layout
from plion.models.qwen3_asr.prompt import AUDIO, END, PATTERN
from plion.models.sources import GENERATION, TEMPLATE, Sources, features, template
from plion.system import documents
from plion.text.shipped import SHIPPED

# Copied as they are where the layout stays, and published; some come in one layout only.
KEPT = (
    *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.json"),
    *("merges.txt", "added_tokens.json", "chat_template.jinja", "chat_template.json"),
    *("processor_config.json", "preprocessor_config.json", "generation_config.json"),
)
_AUDIO_TOKENS = {
    "audio_token": AUDIO,
    "audio_bos_token": "<|audio_start|>",
    "audio_eos_token": "<|audio_end|>",
}
# What the package calls the ids of some tokens, in its configuration.
_TOKEN_IDS = {
    "audio_start_token_id": "<|audio_start|>",
    "audio_end_token_id": "<|audio_end|>",
    "user_token_id": "user",
}
# What makes the spectrograms, and what the published models have of it.
_EXTRACTOR: Config = {
    "feature_size": 128,
    "sampling_rate": 16_000,
    "hop_length": 160,
    "chunk_length": 30,
    "n_fft": 400,
    "padding_value": 0.0,
    "dither": 0.0,
}


def write_sidecars(sources: Sources, target: Path, to: str, config: Mapping[str, Any]) -> None:
    """Writes the files beside a model's weights into a folder in layout `to`.

    `config`: the model's complete configuration, as in `hf`. Raises InputError for missing files.
    """
    source = sources.folder
    if sources.own and layout(read_json(source / "config.json")) == to:
        for name in KEPT:
            if (source / name).is_file():
                _read(source / name)
                shutil.copyfile(source / name, target / name)
    else:
        _convert(sources, target, to, config)
    if not (target / GENERATION).is_file():
        ends = {key: config[key] for key in ("eos_token_id", "pad_token_id")}
        _write(target / GENERATION, {"do_sample": False, **ends})


def check_sidecars(sources: Sources, config: Mapping[str, Any]) -> None:
    """Raises InputError if a file that readers of any layout need is missing or unreadable."""
    extractor(sources.features, config)
    template(sources.template)
    for path in (sources.generation / GENERATION, *(sources.folder / name for name in KEPT)):
        if path.is_file():
            _read(path)


def write_config(sources: Sources, target: Path, to: str, config: Mapping[str, Any]) -> None:
    """Writes config.json in layout `to`; copies it if the source has that layout."""
    stored = read_json(sources.folder / "config.json")
    if layout(stored) != to:
        stored = dict(config) if to == HF else _qwen_asr(sources.tokenizer, config)
    _write(target / "config.json", stored)


def extractor(folder: Path, config: Mapping[str, Any]) -> Config:
    """The feature extractor's settings of a folder in either layout, as in `hf`."""
    found = features(folder)
    if not isinstance(found, dict):
        raise InputError(f"{folder / 'processor_config.json'} has an invalid feature_extractor")
    chosen = {key: found.get(key, default) for key, default in _EXTRACTOR.items()}
    for key, default in _EXTRACTOR.items():
        if not _like(chosen[key], default):
            raise InputError(f"{folder} makes spectrograms with {key} {chosen[key]!r}")
    bins, span = config["audio_config"]["num_mel_bins"], config["audio_config"]["n_window"]
    if chosen["feature_size"] != bins:
        raise InputError(
            f"{folder} makes spectrograms of {chosen['feature_size']} bins for a model of {bins}"
        )
    rest = {key: found[key] for key in ("padding_side", "min_length") if key in found}
    return {**chosen, **rest, "return_attention_mask": True, "n_window": span}


def _like(value: Any, default: float) -> bool:
    """Whether a setting is valid: a whole number above 0, or any number if the default is not."""
    if isinstance(value, bool):
        return False
    if isinstance(default, float):
        return isinstance(value, int | float)
    return isinstance(value, int) and value > 0


def _convert(sources: Sources, target: Path, to: str, config: Mapping[str, Any]) -> None:
    tokenizers.load_tokenizer(sources.tokenizer, PATTERN).save(str(target / tokenizers.FILE))
    _write(target / "tokenizer_config.json", _tokenizer_config(sources.tokenizer, target, to))
    (target / TEMPLATE).write_text(template(sources.template), encoding="utf-8")
    if (sources.generation / GENERATION).is_file():
        shutil.copyfile(sources.generation / GENERATION, target / GENERATION)
    settings = extractor(sources.features, config)
    if to == HF:
        own = {"feature_extractor_type": "Qwen3ASRFeatureExtractor", **settings}
        processor = {"feature_extractor": own, "processor_class": "Qwen3ASRProcessor"}
        _write(target / "processor_config.json", processor)
        return
    samples = settings["chunk_length"] * settings["sampling_rate"]
    content: Config = {
        "feature_extractor_type": "WhisperFeatureExtractor",
        "processor_class": "Qwen3ASRProcessor",
        **{key: settings[key] for key in _EXTRACTOR},
        "padding_side": settings.get("padding_side", "right"),
        "return_attention_mask": True,
        "n_samples": samples,
        "nb_max_frames": samples // settings["hop_length"],
    }
    _write(target / "preprocessor_config.json", content)


def _tokenizer_config(source: Path, target: Path, to: str) -> Config:
    """Writes tokenizer_config.json for the tokenizer.json already in the target."""
    before = source / "tokenizer_config.json"
    kept = read_json(before) if before.is_file() else {}
    common: Config = {
        "eos_token": _content(before, kept.get("eos_token")) or END,
        "pad_token": _content(before, kept.get("pad_token")) or "<|endoftext|>",
        "model_max_length": kept.get("model_max_length", 131_072),
        "processor_class": "Qwen3ASRProcessor",
        **_AUDIO_TOKENS,
    }
    if to == HF:  # a class that takes tokenizer.json as it is
        return {**common, "backend": "tokenizers", "tokenizer_class": "TokenizersBackend"}
    names = ("content", "lstrip", "normalized", "rstrip", "single_word", "special")
    added = {
        str(token["id"]): {key: token[key] for key in names}
        for token in read_json(target / tokenizers.FILE)["added_tokens"]
    }
    return {
        **common,
        "added_tokens_decoder": added,
        "bos_token": None,
        "unk_token": None,
        "clean_up_tokenization_spaces": False,
        "extra_special_tokens": _AUDIO_TOKENS,
        "tokenizer_class": "Qwen2Tokenizer",
    }


def _content(file: Path, token: Any) -> str | None:
    """A special token of a file, which older ones spell with its flags."""
    content = token.get("content") if isinstance(token, dict) else token
    if content is None and token is None or isinstance(content, str):
        return content
    raise InputError(f"{file} has a special token that is none: {token!r}")


def _read(path: Path) -> None:
    """Raises InputError for a file that is not of the type in its name, before it is copied."""
    if path.suffix == ".json":
        read_json(path)
    else:
        documents.read_text(path)


def _qwen_asr(source: Path, config: Mapping[str, Any]) -> Config:
    known = tokenizers.load_tokenizer(source, PATTERN)
    ids = {key: known.token_to_id(token) for key, token in _TOKEN_IDS.items()}
    present = {key: number for key, number in ids.items() if number is not None}
    languages = [row.tag for row in SHIPPED.values()]
    return qwen_asr_config(dict(config), present, languages)


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
