"""LoRA (arXiv 2106.09685) through peft: adds, merges, saves and loads adapters.

peft takes long to import, so only functions that need it import it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import nn

from plion.config.model import Lora
from plion.errors import InputError, first_line
from plion.models.folders.safetensors import stored
from plion.models.folders.weights import UNLOADABLE, check_finite
from plion.models.values import Part

_WEIGHTS = "adapter_model.safetensors"
_PREFIX = "base_model.model."  # prefix of names in peft's files
_NAME = "default"  # peft's name of the only adapter in a model


def add_lora(model: nn.Module, lora: Lora, parts: Mapping[str, Part]) -> None:
    """Adds LoRA to the linear layers of the parts and freezes the rest of the model.

    The adapter is in float32 whatever the model's type, and starts as zero.
    """
    from peft import LoraConfig, inject_adapter_in_model
    from peft.tuners.tuners_utils import cast_adapter_dtype

    config: Any = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,  # type: ignore[arg-type]  # peft divides it, whole or not
        lora_dropout=lora.dropout,
        target_modules="|".join(parts[part].linear for part in sorted(set(lora.parts))),
    )
    inject_adapter_in_model(config, model, _NAME)
    cast_adapter_dtype(model, _NAME)


def has(model: nn.Module) -> bool:
    """Whether a model has an adapter that is not merged."""
    return hasattr(model, "peft_config")


def merge(model: nn.Module) -> None:
    """Merges the adapter into the model's weights and removes it."""
    from peft.tuners.lora import LoraLayer

    layers = [(name, one) for name, one in model.named_modules() if isinstance(one, LoraLayer)]
    for name, layer in layers:
        layer.merge()
        model.set_submodule(name, layer.get_base_layer())
    del model.peft_config


def save_adapter(model: nn.Module, base: str, folder: Path) -> None:
    """Writes a model's adapter in peft's format, for the base model named `base`."""
    from peft import get_peft_model_state_dict

    weights = get_peft_model_state_dict(model, save_embedding_layers=False)
    named = {f"{_PREFIX}{name}": weight.contiguous() for name, weight in weights.items()}
    save_file(named, folder / _WEIGHTS, metadata={"format": "pt"})
    config: Any = model.peft_config
    config[_NAME].base_model_name_or_path = base
    config[_NAME].inference_mode = True
    config[_NAME].save_pretrained(folder)


def load_adapter(model: nn.Module, folder: Path) -> None:
    """Merges the adapter in a folder into a model's weights.

    Raises InputError for missing or unknown weights, ValueError or RuntimeError if peft or torch
    finds that adapter and model do not match.
    """
    from peft import LoraConfig, inject_adapter_in_model, set_peft_model_state_dict

    config = LoraConfig.from_pretrained(str(folder))
    inject_adapter_in_model(config, model, _NAME)
    found: Any = set_peft_model_state_dict(model, load_file(folder / _WEIGHTS), _NAME)
    missing = [name for name in found.missing_keys if f".{_NAME}." in name]
    for kind, names in (("missing", missing), ("unexpected", found.unexpected_keys)):
        if names:
            raise InputError(f"adapter {folder} has {kind} keys: {', '.join(sorted(names)[:3])}")
    merge(model)


def merge_adapter(model: nn.Module, folder: Path) -> None:
    """Merges an adapter's folder into its base model; raises InputError if they do not match."""
    check_finite(folder, stored(folder))
    try:
        load_adapter(model, folder)
    except UNLOADABLE as error:
        first = first_line(error)
        raise InputError(f"the adapter in {folder} cannot be loaded: {first}") from error
