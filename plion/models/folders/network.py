"""Builds a network of the library from tensors, with the generation settings of a folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import GenerationConfig, PreTrainedConfig, PreTrainedModel
from transformers.utils.logging import disable_progress_bar

from plion.models.folders.documents import read_json


def network(
    kind: type[PreTrainedModel],
    config: PreTrainedConfig,
    tensors: Mapping[str, torch.Tensor],
    dtype: torch.dtype,
    *,
    attention: str | dict[str, str],
    generation: Path,
) -> Any:
    """A network of class `kind` on the CPU, from the tensors alone; downloads nothing.

    `attention`: in the library's words, for all parts or by part. `generation`: the file
    generation_config.json, which may not exist. Raises the exceptions of
    `plion.models.folders.weights.UNLOADABLE`.
    """
    disable_progress_bar()
    built: Any = kind.from_pretrained(
        None,
        config=config,
        state_dict=dict(tensors),
        dtype=dtype,
        attn_implementation=attention,
        local_files_only=True,
    )
    if generation.is_file():
        read_json(generation)
        built.generation_config = GenerationConfig.from_pretrained(generation.parent)
    return built
