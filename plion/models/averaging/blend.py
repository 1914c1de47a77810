"""A tensor between two stored ones, made block by block as it is written. Without torch."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from plion.errors import InputError
from plion.models.folders.safetensors import SIZES, Stored

_ELEMENTS = 1 << 20  # made at once
_FLOATS = {"F64": np.float64, "F32": np.float32, "F16": np.float16}


@dataclass(frozen=True)
class Blend:
    """(1 - weight) of one tensor and weight of another, in the type of the other.

    Computed in float32 (float64 for F64) and rounded once, to the nearest and ties to even. Values
    that are equal stay as they are. Raises InputError for types that are no floats and differ in
    their values.
    """

    name: str
    first: Stored
    second: Stored
    weight: float

    @property
    def dtype(self) -> str:
        return self.second.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        return self.second.shape

    def blocks(self) -> Iterator[bytes]:
        count = math.prod(self.shape)
        for begin in range(0, count, _ELEMENTS):
            end = min(begin + _ELEMENTS, count)
            first, second = (_bits(one, begin, end) for one in (self.first, self.second))
            alike = self.first.dtype == self.second.dtype
            if alike and np.array_equal(first, second):
                yield second.tobytes()
            else:
                yield self._between(first, second)

    def _between(self, first: np.ndarray, second: np.ndarray) -> bytes:
        kinds = (self.first.dtype, self.second.dtype)
        if other := {kind for kind in kinds if kind != "BF16" and kind not in _FLOATS}:
            raise InputError(
                f"{self.name} is of type {min(other)} and differs between the two models; only "
                "floating-point weights can be averaged"
            )
        wide = "F64" in kinds
        start, end = _floats(first, kinds[0], wide=wide), _floats(second, kinds[1], wide=wide)
        mixed = (1 - self.weight) * start + self.weight * end
        return _stored(np.where(start == end, end, mixed), self.dtype)


def _bits(tensor: Stored, begin: int, end: int) -> np.ndarray:
    """The elements from `begin` to `end`, as unsigned integers of their bits."""
    size = SIZES[tensor.dtype]
    return np.fromfile(
        tensor.path, np.dtype(f"<u{size}"), end - begin, offset=tensor.begin + begin * size
    )


def _floats(bits: np.ndarray, kind: str, *, wide: bool) -> np.ndarray:
    """Elements as float32, or with `wide` as float64."""
    own = (bits.astype(np.uint32) << 16).view(np.float32) if kind == "BF16" else None
    found: np.ndarray = bits.view(_FLOATS[kind]) if own is None else own
    return found.astype(np.float64 if wide else np.float32)


def _stored(values: np.ndarray, kind: str) -> bytes:
    """Values in a type as they are stored."""
    if kind != "BF16":
        return values.astype(_FLOATS[kind]).tobytes()
    bits = values.astype(np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16  # finite, so that this does not overflow
    return rounded.astype(np.uint16).tobytes()
