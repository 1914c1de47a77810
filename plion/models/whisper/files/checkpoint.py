"""Whisper's folders, as the library has them: into memory, with every weight accounted for."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import safe_open
from transformers import (
    GenerationConfig,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
)
from transformers.utils.logging import disable_progress_bar

from plion.config.model import Model
from plion.errors import InputError, first_line
from plion.models.base import Family
from plion.models.folders import weights
from plion.models.folders.documents import read_json
from plion.models.folders.safetensors import Stored, Tensor, stored
from plion.models.identity import base
from plion.models.locate import find_model, supplied
from plion.models.sources import GENERATION, features
from plion.models.trainable import lora
from plion.models.whisper.prompt import Prompter
from plion.models.whisper.protocol.loaded import ATTENTION, LoadedWhisper
from plion.models.whisper.window import FRAMES_A_SECOND, HOP, Window, window_of

T = TypeVar("T", bound=Tensor)

_HEAD, _EMBEDDINGS = "proj_out.weight", "model.decoder.embed_tokens.weight"


def load_whisper(
    family: Family, folder: Path, model: Model, dtype: torch.dtype, attention: str
) -> LoadedWhisper:
    """The model of a folder, or a base with an adapter merged into it; never touches the network.

    Raises InputError for a folder that lacks weights, has any that are not finite, or whose
    weights, configuration, tokenizer and features do not go together.
    """
    if below := base(folder):  # whose companions were saved with the adapter
        whole = replace(model, like=str(folder))
        loaded = load_whisper(family, find_model(below), whole, dtype, attention)
        lora.merge_adapter(loaded.model, folder)
        return loaded
    sources = supplied(folder, model.like)
    config, attention = configuration(folder), attention if attention in ATTENTION else "sdpa"
    size = window_of(config.to_dict(), folder)
    found = accounted(folder, config, stored(folder))
    prompter = fitting(sources.tokenizer, config)
    disable_progress_bar()
    try:
        network: Any = WhisperForConditionalGeneration.from_pretrained(
            None,
            config=config,
            state_dict=_tensors(found),
            dtype=dtype,
            attn_implementation=ATTENTION[attention],
            local_files_only=True,
        )
        # Sinusoids, which the library does not train but loads as if it did.
        network.model.encoder.embed_positions.requires_grad_(False)
        if (sources.generation / GENERATION).is_file():
            read_json(sources.generation / GENERATION)
            network.generation_config = GenerationConfig.from_pretrained(sources.generation)
        extractor = WhisperFeatureExtractor(**_extractor(sources.features, config, size))
    except weights.UNLOADABLE as error:
        raise InputError(f"model {folder} cannot be loaded: {first_line(error)}") from error
    return LoadedWhisper(family, sources, network, attention, extractor, prompter, size)


def configuration(folder: Path) -> WhisperConfig:
    """The configuration of a folder; InputError for one that is not of Whisper."""
    content = read_json(folder / "config.json")
    with _of_whisper(folder):
        return WhisperConfig.from_dict(content)


@contextmanager
def _of_whisper(folder: Path) -> Iterator[None]:
    """Turns the library's errors about an invalid configuration into one InputError."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # the library checks few values and fails anywhere on others
        first = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{folder / 'config.json'} is not of Whisper: {first}") from error


def accounted(folder: Path, config: WhisperConfig, found: Mapping[str, T]) -> dict[str, T]:
    """A folder's tensors, each promised by the configuration.

    Where the head is tied to the embeddings a second copy of them is left out. Raises InputError,
    with the names, for what is missing, unexpected, of another shape, or not finite.
    """
    named = dict(found)
    if config.tie_word_embeddings and _HEAD in named and _EMBEDDINGS in named:
        if not weights.same(named[_HEAD], named[_EMBEDDINGS]):
            raise InputError(
                f"model {folder} ties its head to its embeddings in config.json, and has others in "
                f"{_HEAD}"
            )
        del named[_HEAD]
    with _of_whisper(folder):
        promised = shapes(config)
    weights.accounted(folder, named, promised)
    weights.check_finite(folder, found)
    return named


def shapes(config: WhisperConfig) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the tensors of a configuration, without allocating them."""
    with torch.device("meta"):
        model = WhisperForConditionalGeneration(config)
    left_out = {_HEAD} if config.tie_word_embeddings else set()
    state = model.state_dict()
    return {name: tuple(one.shape) for name, one in state.items() if name not in left_out}


def fitting(folder: Path, config: WhisperConfig) -> Prompter:
    """The prompter of a folder; raises InputError if its tokenizer is another model's."""
    prompter = Prompter(folder)
    highest = max(prompter.tokenizer.get_vocab(with_added_tokens=True).values())
    if highest >= config.vocab_size:
        raise InputError(
            f"the tokenizer of {folder} is another model's: it has tokens up to {highest}, and the "
            f"model has embeddings of {config.vocab_size}"
        )
    if prompter.start != config.decoder_start_token_id:
        raise InputError(
            f"the tokenizer of {folder} is another model's: transcripts start with its token "
            f"{prompter.start}, and the model's with {config.decoder_start_token_id}"
        )
    return prompter


def _extractor(folder: Path, config: WhisperConfig, size: Window) -> dict[str, Any]:
    """The settings of a folder's feature extractor; InputError for those of another model."""
    kept, default = features(folder), WhisperFeatureExtractor()
    names = ("feature_size", "sampling_rate", "hop_length", "chunk_length", "n_fft")
    found = {name: kept.get(name, getattr(default, name, None)) for name in names}
    wanted = {
        "feature_size": config.num_mel_bins,
        "sampling_rate": HOP * FRAMES_A_SECOND,
        "hop_length": HOP,
        "chunk_length": size.seconds,
    }
    for name, value in wanted.items():
        if found[name] != value:
            raise InputError(
                f"{folder} makes spectrograms with {name} {found[name]!r} for a model that takes "
                f"{value:g}"
            )
    return found


def _tensors(found: Mapping[str, Stored]) -> dict[str, torch.Tensor]:
    paths = {one.path for one in found.values()}
    opened = {path: safe_open(path, framework="pt") for path in paths}
    return {name: opened[one.path].get_tensor(name) for name, one in found.items()}
