"""`plion convert`: a model's folder in another layout, or whole weights of an adapter."""

from pathlib import Path

import torch

from plion.config.schema import Model
from plion.errors import InputError, suggest
from plion.models.families import family, resolve
from plion.models.identity import base
from plion.system.files import disk_full, try_folder, writable


def convert(
    source: str, target: Path, layout: str, *, pickle: bool = False, like: str | None = None
) -> Path:
    """Writes a model into a new folder in a layout, with all the files that its readers want.

    `source`: as `resolve` takes it. Adapters are merged. `pickle`: read the weights from
    pytorch_model*.bin, of which nothing is run. `like`: a model to take from what the source lacks
    beside its weights. The folder appears whole or not at all, and its tensors are those of the
    source to the bit. Raises InputError for a target that exists or cannot be written, for weights
    that are not finite, for a layout that the model's family does not have, and where weights,
    configuration and tokenizer do not go together.
    """
    if target.exists() or target.is_symlink():
        raise InputError(f"{target} is there already; name a new folder")
    with writable(target):  # before weights are read, which takes minutes
        try_folder(target)
    folder = resolve(source, pickles=pickle, like=like)
    own = family(folder)
    if layout not in own.layouts:
        raise InputError(f"{own.title} has no layout '{layout}' {suggest(layout, own.layouts)}")
    if not base(folder):
        own.convert(folder, target, layout, pickle=pickle, like=like)
        return target
    # In float32, as a training merges.
    loaded = own.load(folder, Model(like=like), torch.float32, "sdpa")
    with writable(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    with disk_full(target):
        loaded.save(target, layout=layout)
    return target
