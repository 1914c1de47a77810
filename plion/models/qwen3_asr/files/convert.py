"""A model's folder in the other layout, tensor by tensor, without building the model."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError
from zipfile import is_zipfile

import torch

from plion.errors import InputError, first_line
from plion.models.folders.safetensors import stored
from plion.models.folders.weights import listed
from plion.models.locate import supplied
from plion.models.qwen3_asr.files import checkpoint, saving, sidecars
from plion.models.qwen3_asr.files.layouts import stored_name
from plion.models.qwen3_asr.files.shards import write_weights
from plion.system.files import disk_full, move_folder, writable


def convert_folder(
    folder: Path, target: Path, layout: str, *, pickle: bool = False, like: str | None = None
) -> None:
    """Writes a folder of whole weights in a layout, with all the files that its readers want.

    `pickle`: read the weights from pytorch_model*.bin, of which nothing is run. `like`: a model to
    take from what the folder lacks beside its weights. The target appears whole or not at all, and
    its tensors are those of the folder to the bit. Raises InputError for weights that are not
    finite, and where weights, configuration and tokenizer do not go together.
    """
    sources = supplied(folder, like)
    config = checkpoint.configuration(folder, sources.generation)
    own = _pickled(folder) if pickle else stored(folder)
    found = checkpoint.accounted(folder, config, own)
    checkpoint.fitting(sources.tokenizer, config)
    config.dtype = config.dtype or saving.stored_type(found.values())
    complete = config.to_dict()
    sidecars.check_sidecars(sources, complete)
    with _draft(target) as draft, disk_full(target):
        write_weights({stored_name(name, layout): one for name, one in found.items()}, draft)
        sidecars.write_sidecars(sources, draft, layout, complete)
        sidecars.write_config(sources, draft, layout, complete)  # last: it makes it a model's


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """A new folder beside the target, which takes its name in the end and is gone otherwise."""
    draft = target.with_name(f".{target.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        with writable(target):
            draft.mkdir(parents=True)
        yield draft
        with writable(target):
            move_folder(draft, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _pickled(folder: Path) -> dict[str, saving.Held]:
    """The tensors of a folder's pickles, read by what unpickles tensors and nothing else."""
    paths = sorted(folder.glob("pytorch_model*.bin"))
    if not paths:
        raise InputError(f"{folder} has no pytorch_model*.bin for --pickle to read")
    found: dict[str, saving.Held] = {}
    for path in paths:
        tensors = _unpickled(path)
        if twice := tensors.keys() & found.keys():
            raise InputError(f"{path} and a file before it both hold {listed(twice)}")
        found.update({name: saving.Held(one) for name, one in tensors.items()})
    return found


def _unpickled(path: Path) -> dict[str, torch.Tensor]:
    mapped = is_zipfile(path)  # the older format has to be read whole
    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except UnpicklingError as error:  # torch's own words advise to load it all the same
        raise InputError(
            f"{path} cannot be read as tensors alone: it is damaged, or holds what would run code"
        ) from error
    except (RuntimeError, EOFError, ValueError) as error:
        first = first_line(error)
        raise InputError(f"{path} cannot be read as tensors alone: {first}") from error
    if not isinstance(content, dict) or not all(map(torch.is_tensor, content.values())):
        raise InputError(f"{path} is no table of tensors by name")
    return content
