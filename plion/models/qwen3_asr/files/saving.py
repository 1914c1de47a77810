"""A Qwen3-ASR checkpoint in memory to a folder in either layout."""

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from transformers import Qwen3ASRConfig
from transformers.utils.logging import disable_progress_bar

from plion.errors import InputError
from plion.models import lora
from plion.models.folders.safetensors import Tensor, stored
from plion.models.folders.weights import listed
from plion.models.identity import write_base
from plion.models.qwen3_asr.files import sidecars
from plion.models.qwen3_asr.files.checkpoint import HEAD, TYPES, Checkpoint
from plion.models.qwen3_asr.files.layouts import HF, stored_name
from plion.models.qwen3_asr.files.shards import SHARD, write_weights
from plion.system.files import move_folder

_OF_THE_SYSTEM = re.compile(r"os error (\d+)")


@dataclass(frozen=True)
class Held:
    """A tensor in memory, to be written."""

    tensor: torch.Tensor

    @property
    def dtype(self) -> str:
        if self.tensor.dtype not in TYPES:
            raise InputError(f"weights of type {self.tensor.dtype} are not known here")
        return TYPES[self.tensor.dtype]

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.tensor.shape)

    def blocks(self) -> Iterator[memoryview]:
        flat = self.tensor.detach().cpu().contiguous().view(-1)
        yield flat.view(torch.uint8).numpy().data


def stored_type(found: Iterable[Tensor]) -> torch.dtype:
    """The widest type of a folder's weights; InputError where no model can be in any of them."""
    kinds = {one.dtype for one in found}
    for dtype, word in TYPES.items():
        if word in kinds:
            return dtype
    raise InputError(f"weights of type {listed(kinds)} are not known here")


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
    dtype = config.dtype or stored_type(stored(checkpoint.folder).values())
    model.to(dtype=dtype)  # type: ignore[call-arg]
    if layout == HF:
        model.save_pretrained(folder, max_shard_size=SHARD)
        return
    folder.mkdir()
    tied = {HEAD} if config.tie_word_embeddings else set()
    state = {name: one for name, one in model.state_dict().items() if name not in tied}
    named = {stored_name(name, layout): Held(one) for name, one in state.items()}
    write_weights(named, folder)
    sidecars.write_config(checkpoint.sources, folder, layout, config.to_dict())


def _save_adapter(checkpoint: Checkpoint, folder: Path, name: str) -> None:
    """With the configuration, so that what asks a model's folder about the model finds it there."""
    folder.mkdir()
    lora.save_adapter(checkpoint.model, name, folder)
    write_base(folder, name)
    sidecars.write_config(checkpoint.sources, folder, HF, checkpoint.configuration.to_dict())
