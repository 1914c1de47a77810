"""Checks a model's weights: names and shapes against its configuration, finite values. No torch."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError

from plion.errors import InputError
from plion.models.folders.safetensors import SIZES, Tensor

# What the libraries raise about folders that they do not check before they use what is in them.
UNLOADABLE = (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError,
              ValueError, SafetensorError)  # fmt: skip
# The bits of a number's exponent: all are set in NaN and infinity, and in nothing else.
_EXPONENTS = {"F64": 0x7FF << 52, "F32": 0xFF << 23, "F16": 0x1F << 10, "BF16": 0xFF << 7}


def same(first: Tensor, second: Tensor) -> bool:
    """Whether two tensors are equal bit by bit."""
    if (first.dtype, first.shape) != (second.dtype, second.shape):
        return False
    return all(a == b for a, b in zip(first.blocks(), second.blocks(), strict=True))


def accounted(
    folder: Path, found: Mapping[str, Tensor], expected: Mapping[str, tuple[int, ...]]
) -> None:
    """Raises InputError, with the names, if a folder's weights do not match its configuration."""
    missing, unexpected = expected.keys() - found.keys(), found.keys() - expected.keys()
    for kind, names in (("missing", missing), ("unexpected", unexpected)):
        if names:
            raise InputError(f"model {folder} has {kind} keys: {listed(names)}")
    shapes = {
        f"{name} is {list(found[name].shape)}, not {list(shape)}"
        for name, shape in expected.items()
        if found[name].shape != shape
    }
    if shapes:
        raise InputError(
            f"model {folder} has weights of another shape than its config.json says: "
            f"{listed(shapes)}"
        )


def check_finite(folder: Path, found: Mapping[str, Tensor]) -> None:
    """Raises InputError, with the names, for tensors with a NaN or an infinity.

    Reads them once, block by block.
    """
    bad = {name for name, one in found.items() if not _finite(one)}
    if bad:
        raise InputError(
            f"model {folder} has weights that are NaN or infinite: {listed(bad)}; its training had "
            "diverged: use an earlier checkpoint"
        )


def _finite(tensor: Tensor) -> bool:
    """Whether all values are finite, by their bits, since NumPy has no bfloat16."""
    exponent = _EXPONENTS.get(tensor.dtype)
    if exponent is None:
        return True
    kind = np.dtype(f"<u{SIZES[tensor.dtype]}")
    mask = kind.type(exponent)
    return not any(((np.frombuffer(block, kind) & mask) == mask).any() for block in tensor.blocks())


def listed(names: Iterable[str]) -> str:
    """The first three names as text, and the number of others."""
    chosen = sorted(names)
    more = f" and {len(chosen) - 3} more" if len(chosen) > 3 else ""
    return ", ".join(chosen[:3]) + more
