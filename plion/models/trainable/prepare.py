"""Prepares a model for training: frozen parts, LoRA, gradient checkpointing."""

from collections.abc import Mapping, Sequence

from torch import nn

from plion.config.schema import Model
from plion.models.trainable import lora
from plion.models.values import Part

Parts = Mapping[str, Part]


def prepare(model: nn.Module, parts: Parts, settings: Model, towers: Sequence[str]) -> None:
    """Freezes parts and adds LoRA, by `model.freeze` and `model.lora`.

    `towers`: parts whose activations are recomputed (`trainer.gradient_checkpointing`). Weights
    that the library loads without gradients, such as fixed positions, are never trained.
    """
    given = [weight for weight in model.parameters() if not weight.requires_grad]
    if settings.lora.parts:
        lora.add_lora(model, settings.lora, parts)
    for part in parts.keys() - set(settings.lora.parts):
        for module in _modules(model, parts[part]):
            module.requires_grad_(part not in settings.freeze)
    for weight in given:
        weight.requires_grad_(False)
    for tower in towers:
        (trunk, *_) = _modules(model, parts[tower])
        trunk.activation_checkpointing_enable()  # type: ignore[operator]
        # The library has embeddings ask for gradients, for a kind of checkpointing it left behind.
        trunk.disable_input_require_grads()  # type: ignore[operator]


def rest(model: nn.Module, parts: Parts, settings: Model, towers: Sequence[str]) -> None:
    """Sets the frozen parts of a model in training mode to evaluation mode: no dropout there."""
    for part in settings.freeze:
        for module in _modules(model, parts[part]):
            module.eval()
    # Gradients may pass through a frozen part to another. The library checkpoints a layer by the
    # layer's own mode; the dropout goes by that of the attention in it.
    for part in {*settings.freeze} & {*towers}:
        if path := parts[part].passed:
            for layer in model.get_submodule(path).children():
                layer.training = True


def weight_counts(model: nn.Module) -> dict[str, int]:
    """How many weights a prepared model has, shared ones once: `parameters`, and those that are
    trained: `trained_parameters`.
    """
    own = list(model.parameters())
    return {
        "parameters": sum(weight.numel() for weight in own),
        "trained_parameters": sum(weight.numel() for weight in own if weight.requires_grad),
    }


def _modules(model: nn.Module, part: Part) -> list[nn.Module]:
    return [model.get_submodule(path) for path in part.modules]
