"""Saves a Whisper to a folder in the library's own layout."""

import json
from pathlib import Path

from transformers import WhisperConfig, WhisperForConditionalGeneration
from transformers.utils.logging import disable_progress_bar

from plion.models.folders.documents import read_json
from plion.models.folders.drafts import drafted
from plion.models.folders.safetensors import stored
from plion.models.folders.shards import SHARD
from plion.models.folders.tensors import stored_type
from plion.models.identity import write_base
from plion.models.sources import Sources
from plion.models.trainable import lora
from plion.models.whisper.files.sidecars import copy_sidecars


def save_whisper(
    model: WhisperForConditionalGeneration,
    sources: Sources,
    folder: Path,
    adapter_of: str | None = None,
) -> None:
    """Writes a model in the type that its weights have at their source.

    A head tied to the embeddings is written once, as the embeddings. LoRA's updates are merged, or
    written alone if `adapter_of` names the model that they adapt. The folder appears whole or not
    at all. Raises OSError if the system refuses to write it.
    """
    disable_progress_bar()
    with drafted(folder) as draft:
        if adapter_of:
            _write_adapter(model, sources, draft, adapter_of)
        else:
            _write_whole(model, sources, draft)
        copy_sidecars(sources, draft)


def _write_whole(model: WhisperForConditionalGeneration, sources: Sources, folder: Path) -> None:
    if lora.has(model):
        lora.merge(model)
    config = WhisperConfig.from_dict(read_json(sources.folder / "config.json"))
    dtype = config.dtype or stored_type(stored(sources.folder).values())
    model.to(dtype=dtype)  # type: ignore[call-arg]
    model.save_pretrained(folder, max_shard_size=SHARD)


def _write_adapter(
    model: WhisperForConditionalGeneration, sources: Sources, folder: Path, name: str
) -> None:
    """Writes the adapter with the model's configuration, so that the folder describes the model."""
    folder.mkdir()
    lora.save_adapter(model, name, folder)
    write_base(folder, name)
    write_config(sources, folder)


def write_config(sources: Sources, target: Path) -> None:
    """Copies config.json from the source."""
    config = read_json(sources.folder / "config.json")
    (target / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
