"""What of the model is trained: its parts frozen, given LoRA, or whole; what is computed anew."""

from torch import nn
from transformers import Qwen3ASRForConditionalGeneration

from plion.config.schema import Experiment
from plion.models import lora

# By `plion.config.schema.Part`; together they are the whole model.
PARTS = {
    "audio_tower": ("model.audio_tower",),
    "projector": ("model.multi_modal_projector",),
    "language_model": ("model.language_model", "lm_head"),
}


def prepare(model: Qwen3ASRForConditionalGeneration, exp: Experiment) -> None:
    """Readies a model to be trained as `model.freeze`, `model.lora` and `trainer` say."""
    if exp.model.lora.parts:
        lora.add_lora(model, exp.model.lora)
    for part in PARTS.keys() - set(exp.model.lora.parts):
        for module in _modules(model, part):
            module.requires_grad_(part not in exp.model.freeze)
    for tower in exp.trainer.gradient_checkpointing:
        (trunk, *_) = _modules(model, tower)
        trunk.activation_checkpointing_enable()  # type: ignore[operator]
        # The library has embeddings ask for gradients, for a kind of checkpointing it left behind.
        trunk.disable_input_require_grads()  # type: ignore[operator]


def rest(model: Qwen3ASRForConditionalGeneration, exp: Experiment) -> None:
    """Puts the frozen parts of a model in training mode back into evaluation: no dropout there."""
    for part in exp.model.freeze:
        for module in _modules(model, part):
            module.eval()
    # Gradients may pass through a frozen language model to the projector. The library checkpoints
    # a layer by the layer's own mode; the dropout goes by that of the attention in it.
    if "language_model" in {*exp.model.freeze} & {*exp.trainer.gradient_checkpointing}:
        for layer in model.model.language_model.layers:
            layer.training = True


def _modules(model: Qwen3ASRForConditionalGeneration, part: str) -> list[nn.Module]:
    return [model.get_submodule(path) for path in PARTS[part]]
