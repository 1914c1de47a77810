"""Reads weights from pickles without running code in them."""

from pathlib import Path
from pickle import UnpicklingError
from zipfile import is_zipfile

import torch

from plion.errors import InputError, first_line
from plion.models.folders.tensors import Held
from plion.models.folders.weights import listed


def pickled(folder: Path) -> dict[str, Held]:
    """The tensors of a folder's pickles, read with torch's weights-only unpickler."""
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
    mapped = is_zipfile(path)  # the older format cannot be memory-mapped
    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except UnpicklingError as error:  # torch's message advises to load it unsafely
        raise InputError(
            f"{path} cannot be read as tensors only: it is damaged or contains code"
        ) from error
    except (RuntimeError, EOFError, ValueError) as error:
        first = first_line(error)
        raise InputError(f"{path} cannot be read as tensors only: {first}") from error
    if not isinstance(content, dict) or not all(map(torch.is_tensor, content.values())):
        raise InputError(f"{path} is not a dictionary of tensors")
    return content
