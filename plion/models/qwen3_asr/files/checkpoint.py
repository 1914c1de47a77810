"""Loads a checkpoint folder in either layout, and checks every weight by name and shape."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from transformers import (
    Qwen3ASRConfig,
    Qwen3ASRFeatureExtractor,
    Qwen3ASRForConditionalGeneration,
)

from plion.errors import InputError, first_line
from plion.models.families import resolve
from plion.models.folders import weights
from plion.models.folders.documents import read_json
from plion.models.folders.network import network
from plion.models.folders.promises import configured, shapes, without_tied
from plion.models.folders.safetensors import Tensor, stored
from plion.models.folders.tensors import TYPES
from plion.models.folders.weights import UNLOADABLE
from plion.models.identity import base
from plion.models.locate import supplied
from plion.models.qwen3_asr.encoder import ATTENTION, check_encoder
from plion.models.qwen3_asr.files import sidecars
from plion.models.qwen3_asr.files.fitting import fitting
from plion.models.qwen3_asr.files.layouts import (
    QWEN_ASR,
    hf_name,
    layout,
    read_config,
    stored_name,
)
from plion.models.qwen3_asr.prompt import Prompter
from plion.models.sources import GENERATION, Sources
from plion.models.trainable import lora

_TITLE = "Qwen3-ASR"
HEAD, _EMBEDDINGS = "lm_head.weight", "model.language_model.embed_tokens.weight"


@dataclass(frozen=True)
class Checkpoint:
    """A model with its tokenizer and feature extractor, and the folders they came from."""

    model: Qwen3ASRForConditionalGeneration
    extractor: Qwen3ASRFeatureExtractor
    prompter: Prompter
    sources: Sources

    @property
    def folder(self) -> Path:
        """The folder of its weights and its configuration."""
        return self.sources.folder

    @property
    def configuration(self) -> Qwen3ASRConfig:
        """Its configuration as stored."""
        return configuration(self.folder, self.sources.generation)


def load_checkpoint(
    name: str,
    dtype: torch.dtype = torch.float32,
    attention: str = "sdpa",
    like: str | None = None,
) -> Checkpoint:
    """The checkpoint of a folder, of a cached hub id, or of `mini`; never touches the network.

    Either layout; what is converted is converted tensor by tensor, on its way into the model.
    `attention`: a key of `ATTENTION`. `like`: a model to take from what the folder lacks beside
    its weights. Raises InputError for a folder that is none, lacks weights, has any that are not
    finite, or whose weights, configuration and tokenizer do not go together.
    """
    folder = resolve(name, like=like)
    if below := base(folder):  # whose companions were saved with the adapter
        return _adapted(folder, load_checkpoint(below, dtype, attention, str(folder)))
    sources = supplied(folder, like)
    config = configuration(folder, sources.generation)
    with configured(folder, _TITLE):
        check_encoder(config, folder)
    own = layout(read_json(folder / "config.json"))
    found = accounted(folder, config, stored(folder))
    prompter = fitting(sources.tokenizer, config)
    try:
        model = network(
            Qwen3ASRForConditionalGeneration,
            config,
            _mapped(found, own),
            dtype,
            attention=ATTENTION[attention],
            generation=sources.generation / GENERATION,
        )
        settings = sidecars.extractor(sources.features, config.to_dict())
        extractor = Qwen3ASRFeatureExtractor(**settings)
    except UNLOADABLE as error:
        first = first_line(error)
        raise InputError(f"model {folder} cannot be loaded: {first}") from error
    return Checkpoint(model, extractor, prompter, sources)


def configuration(folder: Path, generation: Path | None = None) -> Qwen3ASRConfig:
    """The configuration of a folder in either layout; raises InputError for an invalid one.

    `generation`: as of `read_config`.
    """
    content = read_config(folder, generation)
    with configured(folder, _TITLE):
        config = Qwen3ASRConfig.from_dict(content)
        if config.dtype is not None and config.dtype not in TYPES:
            raise ValueError(f"there is no dtype {config.dtype} of its weights")
        return config


def accounted(
    folder: Path, config: Qwen3ASRConfig, found: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """A folder's tensors under the names of `hf`, each promised by the configuration.

    Leaves out a head that repeats the embeddings that it is tied to. Raises InputError, with the
    names, for tensors that are missing, unexpected, of another shape, or not finite.
    """
    stored_in = layout(read_json(folder / "config.json"))
    ours = {one: hf_name(one) if stored_in == QWEN_ASR else one for one in found}
    strange = {one for one, name in ours.items() if stored_name(name, stored_in) != one}
    if strange:  # under the other layout's names
        raise InputError(f"model {folder} has unexpected keys: {weights.listed(strange)}")
    named = {name: found[one] for one, name in ours.items()}
    if config.tie_word_embeddings:
        shown = stored_name(HEAD, stored_in)
        named = without_tied(folder, named, HEAD, _EMBEDDINGS, shown=shown)
    with configured(folder, _TITLE):
        promised = shapes(Qwen3ASRForConditionalGeneration, config, HEAD)
    weights.accounted(folder, named, promised)
    weights.check_finite(folder, found)
    return named


def _mapped(found: Mapping[str, Any], own: str) -> dict[str, torch.Tensor]:
    """Tensors that are read from their files when used."""
    paths = dict.fromkeys(one.path for one in found.values())
    opened = {path: safe_open(path, framework="pt") for path in paths}
    return {
        name: opened[one.path].get_tensor(stored_name(name, own)) for name, one in found.items()
    }


def _adapted(folder: Path, below: Checkpoint) -> Checkpoint:
    """A base model with an adapter merged into it."""
    lora.merge_adapter(below.model, folder)
    return Checkpoint(below.model, below.extractor, Prompter(folder), below.sources)
