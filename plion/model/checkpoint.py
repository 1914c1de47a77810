"""Checkpoint folders in `hf` layout: in and out, with every weight accounted for."""

import errno
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import (
    Qwen3ASRConfig,
    Qwen3ASRFeatureExtractor,
    Qwen3ASRForConditionalGeneration,
)
from transformers.utils.logging import disable_progress_bar

from plion.errors import InputError
from plion.model import adapters
from plion.model.encoder import ATTENTION, check
from plion.model.identity import base, resolve, write_base
from plion.model.prompt import Prompter

# What goes with the weights: a consumer of the folder needs the processor whole.
_COMPANIONS = (
    *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.json"),
    *("merges.txt", "added_tokens.json", "chat_template.jinja", "chat_template.json"),
    *("processor_config.json", "preprocessor_config.json", "generation_config.json"),
)


@dataclass(frozen=True)
class Checkpoint:
    """A model with what its inputs and outputs are made with, and the folder it came from."""

    model: Qwen3ASRForConditionalGeneration
    extractor: Qwen3ASRFeatureExtractor
    prompter: Prompter
    folder: Path


def load(name: str, dtype: torch.dtype = torch.float32, attention: str = "sdpa") -> Checkpoint:
    """The checkpoint of a folder, of a cached hub id, or of `mini`; never touches the network.

    `attention`: a key of `ATTENTION`. Raises InputError for a folder that is none, lacks weights,
    or whose weights do not fit.
    """
    folder = resolve(name)
    if below := base(folder):
        return _adapted(folder, load(below, dtype, attention))
    disable_progress_bar()
    try:
        # With loading info it returns a pair, which its annotation does not say.
        loaded: Any = Qwen3ASRForConditionalGeneration.from_pretrained(
            folder,
            dtype=dtype,
            attn_implementation=ATTENTION[attention],
            local_files_only=True,
            output_loading_info=True,
        )
        extractor = Qwen3ASRFeatureExtractor.from_pretrained(folder, local_files_only=True)
    except (OSError, RuntimeError, ValueError, SafetensorError) as error:
        first = str(error).strip().splitlines()[0]
        raise InputError(f"model {folder} cannot be loaded: {first}") from error
    model, report = loaded
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if report[kind]:
            names = ", ".join(sorted(map(str, report[kind]))[:3])
            raise InputError(f"model {folder} has {kind.replace('_', ' ')}: {names}")
    check(model.config, folder)
    return Checkpoint(model, extractor, Prompter(folder), folder)


def _adapted(folder: Path, below: Checkpoint) -> Checkpoint:
    """A base model with an adapter merged into it."""
    try:
        adapters.load(below.model, folder)
    except (OSError, RuntimeError, ValueError, SafetensorError) as error:
        first = str(error).strip().splitlines()[0]
        raise InputError(f"the adapter in {folder} cannot be loaded: {first}") from error
    return Checkpoint(below.model, below.extractor, Prompter(folder), below.folder)


def save(checkpoint: Checkpoint, folder: Path, adapter_of: str | None = None) -> None:
    """Writes a checkpoint in `hf` layout, its weights turned into the type that its origin has.

    LoRA's updates are merged, or, where the name of the model is given that they are
    `adapter_of`, written alone; `load` reads both. The folder appears whole or not at all. Raises
    OSError (no space left) when the disk is full.
    """
    draft = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    disable_progress_bar()
    try:
        if adapter_of:
            _save_adapter(checkpoint, draft, adapter_of)
        else:
            _save_whole(checkpoint, draft)
    except SafetensorError as error:
        if f"os error {errno.ENOSPC}" in str(error):  # its words are all there is to tell it by
            raise OSError(errno.ENOSPC, str(error)) from error
        raise
    for name in _COMPANIONS:
        if (checkpoint.folder / name).is_file():
            shutil.copyfile(checkpoint.folder / name, draft / name)
    draft.rename(folder)


def _save_whole(checkpoint: Checkpoint, folder: Path) -> None:
    if adapters.has(checkpoint.model):
        adapters.merge(checkpoint.model)
    stored = Qwen3ASRConfig.from_pretrained(checkpoint.folder).dtype
    checkpoint.model.to(dtype=stored)  # type: ignore[call-arg]
    checkpoint.model.save_pretrained(folder)


def _save_adapter(checkpoint: Checkpoint, folder: Path, name: str) -> None:
    """With the configuration, so that what asks a model's folder about the model finds it there."""
    folder.mkdir()
    adapters.save(checkpoint.model, name, folder)
    write_base(folder, name)
    shutil.copyfile(checkpoint.folder / "config.json", folder / "config.json")
