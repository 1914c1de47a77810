"""Saves a Qwen3-ASR checkpoint to a folder in either layout."""

from pathlib import Path

from transformers import Qwen3ASRConfig
from transformers.utils.logging import disable_progress_bar

from plion.models.folders.drafts import drafted
from plion.models.folders.safetensors import stored
from plion.models.folders.shards import SHARD, write_weights
from plion.models.folders.tensors import Held, stored_type
from plion.models.identity import write_base
from plion.models.qwen3_asr.files import sidecars
from plion.models.qwen3_asr.files.checkpoint import HEAD, Checkpoint
from plion.models.qwen3_asr.files.layouts import HF, stored_name
from plion.models.trainable import lora


def save_checkpoint(
    checkpoint: Checkpoint, folder: Path, adapter_of: str | None = None, layout: str = HF
) -> None:
    """Writes a checkpoint in a layout, with weights in the type of its original folder.

    A LoRA adapter is merged, or written alone if `adapter_of` names its base model. The folder is
    created atomically. Raises OSError if it cannot be written.
    """
    disable_progress_bar()
    config = checkpoint.configuration
    with drafted(folder) as draft:
        if adapter_of:
            _save_adapter(checkpoint, draft, adapter_of)
        else:
            _save_whole(checkpoint, draft, layout, config)
        sidecars.write_sidecars(checkpoint.sources, draft, layout, config.to_dict())


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
    """Writes the adapter with the model's configuration, so that the folder describes the model."""
    folder.mkdir()
    lora.save_adapter(checkpoint.model, name, folder)
    write_base(folder, name)
    sidecars.write_config(checkpoint.sources, folder, HF, checkpoint.configuration.to_dict())
