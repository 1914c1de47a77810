"""A Whisper in memory to a folder, as the library writes it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from transformers import WhisperConfig
from transformers.utils.logging import disable_progress_bar

from plion.models.folders.documents import read_json
from plion.models.folders.drafts import drafted
from plion.models.folders.safetensors import stored
from plion.models.folders.shards import SHARD
from plion.models.folders.tensors import stored_type
from plion.models.identity import write_base
from plion.models.sources import GENERATION, Sources
from plion.models.trainable import lora
from plion.models.whisper.protocol.family import TOKENIZER

if TYPE_CHECKING:
    from plion.models.whisper.protocol.loaded import LoadedWhisper

_FEATURES = ("processor_config.json", "preprocessor_config.json")


def save_whisper(loaded: LoadedWhisper, folder: Path, adapter_of: str | None = None) -> None:
    """Writes a model, its weights turned into the type that its origin has.

    The head, which is tied to the embeddings, is written once, as they. LoRA's updates are merged,
    or, where the name of the model is given that they are `adapter_of`, written alone. The folder
    appears whole or not at all. Raises OSError where the system refuses to write it.
    """
    disable_progress_bar()
    with drafted(folder) as draft:
        if adapter_of:
            _write_adapter(loaded, draft, adapter_of)
        else:
            _write_whole(loaded, draft)
        copy_companions(loaded.sources, draft)


def copy_companions(sources: Sources, target: Path) -> None:
    """Copies what goes with the weights, from wherever it is taken."""
    for source, names in (
        (sources.tokenizer, ("tokenizer.json", *TOKENIZER)),
        (sources.features, _FEATURES),
        (sources.generation, (GENERATION,)),
    ):
        for name in names:
            if (source / name).is_file():
                shutil.copyfile(source / name, target / name)


def _write_whole(loaded: LoadedWhisper, folder: Path) -> None:
    model = loaded.model
    if lora.has(model):
        lora.merge(model)
    config = WhisperConfig.from_dict(read_json(loaded.folder / "config.json"))
    dtype = config.dtype or stored_type(stored(loaded.folder).values())
    model.to(dtype=dtype)  # type: ignore[call-arg]
    model.save_pretrained(folder, max_shard_size=SHARD)


def _write_adapter(loaded: LoadedWhisper, folder: Path, name: str) -> None:
    """Writes the adapter with the model's configuration, so that the folder describes the model."""
    folder.mkdir()
    lora.save_adapter(loaded.model, name, folder)
    write_base(folder, name)
    write_config(loaded.sources, folder)


def write_config(sources: Sources, target: Path) -> None:
    """Writes config.json as the origin has it."""
    config = read_json(sources.folder / "config.json")
    (target / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
