"""Loads a Whisper from its folder, with its feature extractor and its prompter."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from transformers import (
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
)

from plion.config.model import Model
from plion.errors import InputError, first_line
from plion.models.base import Family
from plion.models.folders import weights
from plion.models.folders.network import network
from plion.models.folders.safetensors import Stored, stored
from plion.models.identity import base
from plion.models.locate import find_model, supplied
from plion.models.sources import GENERATION, features
from plion.models.trainable import lora
from plion.models.whisper.files.checkpoint import accounted, configuration, fitting
from plion.models.whisper.protocol.loaded import LoadedWhisper
from plion.models.whisper.window import FRAMES_A_SECOND, HOP, Window, window_of

ATTENTION = {"sdpa": "sdpa", "flash": "flash_attention_2"}
"""By `model.attention`: what the library computes attention with; `reference` is its own, sdpa."""


def load_whisper(
    family: Family, folder: Path, model: Model, dtype: torch.dtype, *, attention: str
) -> LoadedWhisper:
    """Loads the model of a folder, an adapter merged into its base, without the network.

    Raises InputError for weights that are missing or not finite, and if weights, configuration,
    tokenizer and features do not match.
    """
    if below := base(folder):  # whose companions were saved with the adapter
        whole = replace(model, like=str(folder))
        loaded = load_whisper(family, find_model(below), whole, dtype, attention=attention)
        lora.merge_adapter(loaded.model, folder)
        return loaded
    sources = supplied(folder, model.like)
    config, attention = configuration(folder), attention if attention in ATTENTION else "sdpa"
    size = window_of(config.to_dict(), folder)
    found = accounted(folder, config, stored(folder))
    prompter = fitting(sources.tokenizer, config)
    try:
        whisper = network(
            WhisperForConditionalGeneration,
            config,
            _tensors(found),
            dtype,
            attention=ATTENTION[attention],
            generation=sources.generation / GENERATION,
        )
        # Sinusoids, which the library does not train but loads as if it did.
        whisper.model.encoder.embed_positions.requires_grad_(False)
        extractor = WhisperFeatureExtractor(**_extractor(sources.features, config, size))
    except weights.UNLOADABLE as error:
        raise InputError(f"model {folder} cannot be loaded: {first_line(error)}") from error
    return LoadedWhisper(family, sources, whisper, attention, extractor, prompter, size)


def _extractor(folder: Path, config: WhisperConfig, size: Window) -> dict[str, Any]:
    """The settings of a folder's feature extractor; raises InputError if another model's."""
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
