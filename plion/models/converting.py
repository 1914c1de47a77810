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
    """Writes a model into a new folder in a layout, with all the files that its readers need.

    `source`: as for `resolve`. Adapters are merged. `pickle`: reads the weights from
    pytorch_model*.bin, without running code in it. `like`: a model that supplies files missing
    beside the weights. The folder is created atomically; its tensors equal those of the source bit
    by bit. Raises InputError for a target that exists or cannot be written, for weights that are
    not finite, for a layout that the family does not have, and if weights, configuration and
    tokenizer do not match.
    """
    if target.exists() or target.is_symlink():
        raise InputError(f"{target} exists already; name a new folder")
    with writable(target):  # checked before the weights are read, which takes minutes
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
