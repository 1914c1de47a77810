"""Tensors in memory to be written to a file, and types of weights."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch

from plion.errors import InputError
from plion.models.folders.safetensors import Tensor
from plion.models.folders.weights import listed

TYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
}


@dataclass(frozen=True)
class Held:
    """A tensor in memory to write."""

    tensor: torch.Tensor

    @property
    def dtype(self) -> str:
        if self.tensor.dtype not in TYPES:
            raise InputError(f"weights of type {self.tensor.dtype} are not supported")
        return TYPES[self.tensor.dtype]

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.tensor.shape)

    def blocks(self) -> Iterator[memoryview]:
        flat = self.tensor.detach().cpu().contiguous().view(-1)
        yield flat.view(torch.uint8).numpy().data


def stored_type(found: Iterable[Tensor]) -> torch.dtype:
    """The widest type of a folder's weights; raises InputError if none is supported."""
    kinds = {one.dtype for one in found}
    for dtype, word in TYPES.items():
        if word in kinds:
            return dtype
    raise InputError(f"weights of type {listed(kinds)} are not supported")
