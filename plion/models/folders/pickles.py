"""Weights in pickles, read as tensors alone."""

from pathlib import Path
from pickle import UnpicklingError
from zipfile import is_zipfile

import torch

from plion.errors import InputError, first_line
from plion.models.folders.tensors import Held
from plion.models.folders.weights import listed


def pickled(folder: Path) -> dict[str, Held]:
    """The tensors of a folder's pickles, read by what unpickles tensors and nothing else."""
    paths = sorted(folder.glob("pytorch_model*.bin"))
    if not paths:
        raise InputError(f"{folder} has no pytorch_model*.bin for --pickle to read")
    found: dict[str, Held] = {}
    for path in paths:
        tensors = _unpickled(path)
        if twice := tensors.keys() & found.keys():
            raise InputError(f"{path} and a file before it both hold {listed(twice)}")
        found.update({name: Held(one) for name, one in tensors.items()})
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
