"""LoRA (arXiv 2106.09685) through peft: added to a model, merged into it, or kept beside it.

peft takes long to import, so that only what has LoRA imports it.
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
_PREFIX = "base_model.model."  # before the names in peft's files
_NAME = "default"  # peft's, of the only adapter in a model


def add_lora(model: nn.Module, lora: Lora, parts: Mapping[str, Part]) -> None:
    """Puts updates beside the linear layers of the parts; all else in the model is then frozen.

    They are in float32 whatever the model's type, and change nothing before they are trained.
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
    """Whether a model has updates that are not merged."""
    return hasattr(model, "peft_config")


def merge(model: nn.Module) -> None:
    """Adds the updates to the weights that they are of, and takes them out of the model."""
    from peft.tuners.lora import LoraLayer

    layers = [(name, one) for name, one in model.named_modules() if isinstance(one, LoraLayer)]
    for name, layer in layers:
        layer.merge()
        model.set_submodule(name, layer.get_base_layer())
    del model.peft_config


def save_adapter(model: nn.Module, base: str, folder: Path) -> None:
    """Writes the updates of a model as peft does, to be loaded over the model named `base`."""
    from peft import get_peft_model_state_dict

    weights = get_peft_model_state_dict(model, save_embedding_layers=False)
    named = {f"{_PREFIX}{name}": weight.contiguous() for name, weight in weights.items()}
    save_file(named, folder / _WEIGHTS, metadata={"format": "pt"})
    config: Any = model.peft_config
    config[_NAME].base_model_name_or_path = base
    config[_NAME].inference_mode = True
    config[_NAME].save_pretrained(folder)


def load_adapter(model: nn.Module, folder: Path) -> None:
    """Adds the updates of a folder to a model's weights.

    Raises InputError where any is missing or fits no weight, ValueError and RuntimeError where
    peft or torch finds that the two do not fit.
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
    """Adds the updates of an adapter's folder to its base; InputError where they do not fit."""
    check_finite(folder, stored(folder))
    try:
        load_adapter(model, folder)
    except UNLOADABLE as error:
        first = first_line(error)
        raise InputError(f"the adapter in {folder} cannot be loaded: {first}") from error
