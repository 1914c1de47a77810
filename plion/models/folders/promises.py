"""The tensors that a configuration promises, according to the library that reads it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn
from transformers import PreTrainedConfig

from plion.errors import InputError
from plion.models.folders import weights
from plion.models.folders.safetensors import Tensor

T = TypeVar("T", bound=Tensor)


@contextmanager
def configured(folder: Path, title: str) -> Iterator[None]:
    """Turns the library's errors about an invalid configuration into one InputError.

    title: of the family that the configuration should be of.
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # the library checks few values and fails anywhere on others
        first = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{folder / 'config.json'} is not of {title}: {first}") from error


def shapes(
    kind: type[nn.Module], config: PreTrainedConfig, head: str
) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a model's tensors, without allocating them; no `head` if it is tied."""
    with torch.device("meta"):
        state = kind(config).state_dict()
    left_out = {head} if config.tie_word_embeddings else set()
    return {name: tuple(one.shape) for name, one in state.items() if name not in left_out}


def without_tied(
    folder: Path, named: Mapping[str, T], head: str, embeddings: str, *, shown: str = ""
) -> dict[str, T]:
    """Removes a head that repeats the embeddings that it is tied to.

    Raises InputError if the two differ. `shown`: the head's name in the folder, if it is another.
    """
    if head in named and embeddings in named:
        if not weights.same(named[head], named[embeddings]):
            raise InputError(
                f"model {folder} ties its head to its embeddings in config.json, and has others in "
                f"{shown or head}"
            )
        return {name: one for name, one in named.items() if name != head}
    return dict(named)
