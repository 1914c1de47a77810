"""Checkpoint folders in either layout: in and out, with every weight accounted for."""

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from transformers import (
    GenerationConfig,
    Qwen3ASRConfig,
    Qwen3ASRFeatureExtractor,
    Qwen3ASRForConditionalGeneration,
)
from transformers.utils.logging import disable_progress_bar

from plion.errors import InputError, first_line
from plion.models import lora, tokenizer
from plion.models.locate import base, resolve, supplied, write_base
from plion.models.qwen3_asr.encoder import ATTENTION, check_encoder
from plion.models.qwen3_asr.files import sidecars, weights
from plion.models.qwen3_asr.files.layouts import (
    HF,
    QWEN_ASR,
    hf_name,
    layout,
    read_config,
    read_json,
    stored_name,
)
from plion.models.qwen3_asr.files.sources import GENERATION, Sources
from plion.models.qwen3_asr.files.weights import UNLOADABLE
from plion.models.qwen3_asr.prompt import SPECIAL, Prompter
from plion.system.files import move_folder

_OF_THE_SYSTEM = re.compile(r"os error (\d+)")
_HEAD, _EMBEDDINGS = "lm_head.weight", "model.language_model.embed_tokens.weight"
_TYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
}


@dataclass(frozen=True)
class Checkpoint:
    """A model with what its inputs and outputs are made with, and the folders it came from."""

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


@dataclass(frozen=True)
class Held:
    """A tensor in memory, to be written."""

    tensor: torch.Tensor

    @property
    def dtype(self) -> str:
        if self.tensor.dtype not in _TYPES:
            raise InputError(f"weights of type {self.tensor.dtype} are not known here")
        return _TYPES[self.tensor.dtype]

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.tensor.shape)

    def blocks(self) -> Iterator[memoryview]:
        flat = self.tensor.detach().cpu().contiguous().view(-1)
        yield flat.view(torch.uint8).numpy().data


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
    with _of_qwen(folder):
        check_encoder(config, folder)
    own = layout(read_json(folder / "config.json"))
    found = accounted(folder, config, weights.stored(folder))
    prompter = fitting(sources.tokenizer, config)
    disable_progress_bar()
    try:
        model: Any = Qwen3ASRForConditionalGeneration.from_pretrained(
            None,
            config=config,
            state_dict=_mapped(found, own),
            dtype=dtype,
            attn_implementation=ATTENTION[attention],
            local_files_only=True,
        )
        if (sources.generation / GENERATION).is_file():
            read_json(sources.generation / GENERATION)
            model.generation_config = GenerationConfig.from_pretrained(sources.generation)
        settings = sidecars.extractor(sources.features, config.to_dict())
        extractor = Qwen3ASRFeatureExtractor(**settings)
    except UNLOADABLE as error:
        first = first_line(error)
        raise InputError(f"model {folder} cannot be loaded: {first}") from error
    return Checkpoint(model, extractor, prompter, sources)


def configuration(folder: Path, generation: Path | None = None) -> Qwen3ASRConfig:
    """The configuration of a folder in either layout; InputError for one that cannot be.

    `generation`: as of `read_config`.
    """
    content = read_config(folder, generation)
    with _of_qwen(folder):
        config = Qwen3ASRConfig.from_dict(content)
        if config.dtype is not None and config.dtype not in _TYPES:
            raise ValueError(f"there is no dtype {config.dtype} of its weights")
        return config


@contextmanager
def _of_qwen(folder: Path) -> Iterator[None]:
    """What the library makes of values that no such model has, as one sentence."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # it checks few of them, and falls over the others anywhere
        first = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{folder / 'config.json'} is not of Qwen3-ASR: {first}") from error


def accounted(
    folder: Path, config: Qwen3ASRConfig, found: Mapping[str, weights.Tensor]
) -> dict[str, weights.Tensor]:
    """A folder's tensors under the names of `hf`, each promised by the configuration.

    Where the head is tied to the embeddings a second copy of them is left out. Raises InputError,
    with the names, for what is missing, unexpected, of another shape, or not finite.
    """
    stored_in = layout(read_json(folder / "config.json"))
    ours = {one: hf_name(one) if stored_in == QWEN_ASR else one for one in found}
    strange = {one for one, name in ours.items() if stored_name(name, stored_in) != one}
    if strange:  # under the other layout's names
        raise InputError(f"model {folder} has unexpected keys: {weights.listed(strange)}")
    named = {name: found[one] for one, name in ours.items()}
    if config.tie_word_embeddings and _HEAD in named and _EMBEDDINGS in named:
        if not weights.same(named[_HEAD], named[_EMBEDDINGS]):
            raise InputError(
                f"model {folder} ties its head to its embeddings in config.json, and has others in "
                f"{stored_name(_HEAD, stored_in)}"
            )
        del named[_HEAD]
    with _of_qwen(folder):
        promised = shapes(config)
    weights.accounted(folder, named, promised)
    weights.check_finite(folder, found)
    return named


def fitting(folder: Path, config: Qwen3ASRConfig) -> Prompter:
    """What builds a folder's prompts; InputError for a tokenizer of another model."""
    prompter = Prompter(folder)
    tokenizer.check_tokenizer(folder, prompter.tokenizer, config.to_dict(), SPECIAL)
    return prompter


def shapes(config: Qwen3ASRConfig) -> dict[str, tuple[int, ...]]:
    """The tensors that a configuration promises, and their shapes; nothing is allocated."""
    with torch.device("meta"):
        model = Qwen3ASRForConditionalGeneration(config)
    left_out = {_HEAD} if config.tie_word_embeddings else set()
    state = model.state_dict()
    return {name: tuple(one.shape) for name, one in state.items() if name not in left_out}


def _mapped(found: Mapping[str, Any], own: str) -> dict[str, torch.Tensor]:
    """Tensors that are read from their files where and when they are used."""
    paths = dict.fromkeys(one.path for one in found.values())
    opened = {path: safe_open(path, framework="pt") for path in paths}
    return {
        name: opened[one.path].get_tensor(stored_name(name, own)) for name, one in found.items()
    }


def _adapted(folder: Path, below: Checkpoint) -> Checkpoint:
    """A base model with an adapter merged into it."""
    weights.check_finite(folder, weights.stored(folder))
    try:
        lora.load_adapter(below.model, folder)
    except UNLOADABLE as error:
        first = first_line(error)
        raise InputError(f"the adapter in {folder} cannot be loaded: {first}") from error
    return Checkpoint(below.model, below.extractor, Prompter(folder), below.sources)


def save_checkpoint(
    checkpoint: Checkpoint, folder: Path, adapter_of: str | None = None, layout: str = HF
) -> None:
    """Writes a checkpoint in a layout, its weights turned into the type that its origin has.

    LoRA's updates are merged, or, where the name of the model is given that they are
    `adapter_of`, written alone; `load` reads both. The folder appears whole or not at all. Raises
    OSError where the system refuses to write it.
    """
    draft = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    disable_progress_bar()
    config = checkpoint.configuration
    try:
        if adapter_of:
            _save_adapter(checkpoint, draft, adapter_of)
        else:
            _save_whole(checkpoint, draft, layout, config)
    except SafetensorError as error:
        if found := _OF_THE_SYSTEM.search(str(error)):  # its words are all there is to tell it by
            number = int(found[1])
            raise OSError(number, os.strerror(number), str(folder)) from error
        raise
    sidecars.write_sidecars(checkpoint.sources, draft, layout, config.to_dict())
    move_folder(draft, folder)


def _save_whole(checkpoint: Checkpoint, folder: Path, layout: str, config: Qwen3ASRConfig) -> None:
    model = checkpoint.model
    if lora.has(model):
        lora.merge(model)
    dtype = config.dtype or stored_type(weights.stored(checkpoint.folder).values())
    model.to(dtype=dtype)  # type: ignore[call-arg]
    if layout == HF:
        model.save_pretrained(folder, max_shard_size=weights.SHARD)
        return
    folder.mkdir()
    tied = {_HEAD} if config.tie_word_embeddings else set()
    state = {name: one for name, one in model.state_dict().items() if name not in tied}
    named = {stored_name(name, layout): Held(one) for name, one in state.items()}
    weights.write_weights(named, folder)
    sidecars.write_config(checkpoint.sources, folder, layout, config.to_dict())


def stored_type(found: Iterable[weights.Tensor]) -> torch.dtype:
    """The widest type of a folder's weights; InputError where no model can be in any of them."""
    kinds = {one.dtype for one in found}
    for dtype, word in _TYPES.items():
        if word in kinds:
            return dtype
    raise InputError(f"weights of type {weights.listed(kinds)} are not known here")


def _save_adapter(checkpoint: Checkpoint, folder: Path, name: str) -> None:
    """With the configuration, so that what asks a model's folder about the model finds it there."""
    folder.mkdir()
    lora.save_adapter(checkpoint.model, name, folder)
    write_base(folder, name)
    sidecars.write_config(checkpoint.sources, folder, HF, checkpoint.configuration.to_dict())
