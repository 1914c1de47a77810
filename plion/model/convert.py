"""`plion convert`: a model's folder in the other layout, tensor by tensor, without building it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError

import torch

from plion.errors import InputError, first_line
from plion.model import checkpoint, companions, weights
from plion.model.identity import base, resolve
from plion.model.layouts import stored_name
from plion.runs import writable


def convert(source: str, target: Path, layout: str, pickle: bool = False) -> Path:
    """Writes a model into a new folder in a layout, with all the files that its readers want.

    `source`: as `resolve` takes it. Adapters are merged. `pickle`: read the weights from
    pytorch_model*.bin, of which nothing is run. The folder appears whole or not at all, and its
    tensors are those of the source to the bit. Raises InputError for a target that exists or
    cannot be written, and where weights, configuration and tokenizer do not go together.
    """
    if target.exists() or target.is_symlink():
        raise InputError(f"{target} is there already; name a new folder")
    folder = resolve(source, pickles=pickle)
    if base(folder):
        loaded = checkpoint.load(source)  # in float32, as a training merges
        with writable(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            checkpoint.save(loaded, target, layout=layout)
        return target
    config = checkpoint.configuration(folder)
    own = _pickled(folder) if pickle else weights.stored(folder)
    found = checkpoint.accounted(folder, config, own)
    checkpoint.fitting(folder, config)
    config.dtype = config.dtype or checkpoint.stored_type(found.values())
    complete = config.to_dict()
    with _draft(target) as draft:
        draft.mkdir(parents=True)
        weights.write({stored_name(name, layout): one for name, one in found.items()}, draft)
        companions.write(folder, draft, layout, complete)
        companions.write_config(folder, draft, layout, complete)  # last: it makes it a model's
    return target


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """A folder's name beside the target, which takes its name in the end and is gone otherwise."""
    draft = target.with_name(f".{target.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        with writable(target):
            yield draft
            draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _pickled(folder: Path) -> dict[str, checkpoint.Held]:
    """The tensors of a folder's pickles, read by what unpickles tensors and nothing else."""
    paths = sorted(folder.glob("pytorch_model*.bin"))
    if not paths:
        raise InputError(f"{folder} has no pytorch_model*.bin for --pickle to read")
    found: dict[str, checkpoint.Held] = {}
    for path in paths:
        try:
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
            found.update({name: checkpoint.Held(one) for name, one in content.items()})
        except (UnpicklingError, RuntimeError, EOFError, AttributeError) as error:
            first = first_line(error)
            raise InputError(f"{path} cannot be read as tensors alone: {first}") from error
    return found
