"""Optimisers by name."""

from collections.abc import Iterable

from torch import nn
from torch.optim import Adafactor, AdamW, Optimizer

from plion.config.training import Optim

_FUSED = ("cpu", "cuda", "mps", "xpu")  # devices with a fused AdamW kernel in torch


def optimizer(weights: Iterable[nn.Parameter], optim: Optim) -> Optimizer:
    """The optimiser of the trained weights; weight decay applies to matrices, not vectors."""
    trained = [weight for weight in weights if weight.requires_grad]
    groups = [
        {"params": [w for w in trained if w.ndim > 1], "weight_decay": optim.weight_decay},
        {"params": [w for w in trained if w.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if optim.name == "adafactor":
        return Adafactor(groups, lr=optim.lr)
    fused = all(weight.device.type in _FUSED for weight in trained)
    return AdamW(groups, lr=optim.lr, betas=(optim.beta1, optim.beta2), fused=fused)
