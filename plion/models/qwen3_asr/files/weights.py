"""Safetensors as they lie on the disk: names, types, shapes and bytes, one tensor at a time.

A file is the length of its header (8 bytes), the header (JSON), and the tensors' bytes one after
another (https://github.com/huggingface/safetensors#format). What is copied is never interpreted, so
that nothing rounds and no more than a block is in memory. Free of torch.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypedDict

import numpy as np
from safetensors import SafetensorError

from plion.errors import InputError
from plion.models.qwen3_asr.files.layouts import read_json
from plion.system.documents import parse_json
from plion.system.kinds import misfit

SHARD = 5 * 10**9  # bytes of a file, at most, as the hub's own library has it
INDEX = "model.safetensors.index.json"
_SINGLE = "model.safetensors"
_BLOCK = 1 << 22  # bytes that are copied at once
_LONGEST = 100_000_000  # bytes of a header, as in the format's own library
# What the libraries raise about folders that they do not check before they use what is in them.
UNLOADABLE = (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError,
              ValueError, SafetensorError)  # fmt: skip
_SIZES = {"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2,
          "I16": 2, "U16": 2, "I8": 1, "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1}  # fmt: skip
# The bits of a number's exponent: all are set in NaN and infinity, and in nothing else.
_EXPONENTS = {"F64": 0x7FF << 52, "F32": 0xFF << 23, "F16": 0x1F << 10, "BF16": 0xFF << 7}


class Tensor(Protocol):
    """What can be written: a tensor whose bytes come in blocks. `dtype`: safetensors' word."""

    @property
    def dtype(self) -> str: ...

    @property
    def shape(self) -> tuple[int, ...]: ...

    def blocks(self) -> Iterator[bytes | memoryview]:
        """The bytes in the order of the elements, little-endian."""


class _Entry(TypedDict):
    """What a header says of a tensor."""

    dtype: str
    shape: list[int]
    data_offsets: list[int]


@dataclass(frozen=True)
class Stored:
    """A tensor in a file, from byte `begin` on."""

    path: Path
    dtype: str
    shape: tuple[int, ...]
    begin: int

    def blocks(self) -> Iterator[bytes]:
        left = size(self)
        with self.path.open("rb") as file:
            file.seek(self.begin)
            while left:
                block = file.read(min(left, _BLOCK))
                if not block:
                    raise InputError(f"{self.path} became shorter while it was read")
                left -= len(block)
                yield block


def size(tensor: Tensor) -> int:
    """Bytes of a tensor."""
    return _SIZES[tensor.dtype] * math.prod(tensor.shape)


def same(first: Tensor, second: Tensor) -> bool:
    """Whether two tensors are equal to the bit."""
    if (first.dtype, first.shape) != (second.dtype, second.shape):
        return False
    return all(a == b for a, b in zip(first.blocks(), second.blocks(), strict=True))


def stored(folder: Path) -> dict[str, Stored]:
    """All tensors of a model's folder, by name, in the order they lie in.

    Raises InputError where a file is missing, cut off, no safetensors, or repeats another's name.
    """
    found: dict[str, Stored] = {}
    for path in files(folder):
        for name, one in _contents(path).items():
            if name in found:
                raise InputError(f"{path} and {found[name].path} both hold {name}")
            found[name] = one
    return found


def files(folder: Path) -> list[Path]:
    """The files that hold a folder's weights: those its index names, else every one there is.

    Raises InputError where there are none, or not all, or two sets of them.
    """
    single = folder / _SINGLE
    if (folder / INDEX).is_file():
        paths = [folder / name for name in _indexed(folder / INDEX)]
        if missing := [path.name for path in paths if not path.is_file()]:
            raise InputError(f"{folder} lacks {', '.join(missing[:3])}, which {INDEX} names")
        if single.is_file() and paths != [single]:  # which transformers would read
            raise InputError(
                f"{folder} has {_SINGLE} and an index of other files, {INDEX}: move the weights "
                "that are not meant elsewhere"
            )
    else:
        paths = [single] if single.is_file() else sorted(folder.glob("*.safetensors"))
    if not paths:
        raise InputError(f"{folder} has no weights (*.safetensors)")
    return paths


def write_weights(tensors: Mapping[str, Tensor], folder: Path, shard: int = SHARD) -> None:
    """Writes tensors as the hub likes them: one file, or several with an index beside them.

    `shard`: bytes of a file, at most, unless one tensor alone has more.
    """
    parts = _parts(tensors, shard)
    if len(parts) == 1:
        _write(parts[0], folder / _SINGLE)
        return
    weight_map = {}
    for number, part in enumerate(parts, 1):
        name = f"model-{number:05d}-of-{len(parts):05d}.safetensors"
        _write(part, folder / name)
        weight_map.update(dict.fromkeys(part, name))
    total = sum(map(size, tensors.values()))
    index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(weight_map.items()))}
    (folder / INDEX).write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")


def accounted(
    folder: Path, found: Mapping[str, Tensor], expected: Mapping[str, tuple[int, ...]]
) -> None:
    """Raises InputError, with the names, unless a folder's weights are what its config promises."""
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
            f"model {folder} has weights of another size than its config.json promises: "
            f"{listed(shapes)}"
        )


def check_finite(folder: Path, found: Mapping[str, Tensor]) -> None:
    """Raises InputError, with the names, for tensors with a NaN or an infinity.

    Reads them once, a block at a time, so that the memory they take is that of a block.
    """
    bad = {name for name, one in found.items() if not _finite(one)}
    if bad:
        raise InputError(
            f"model {folder} has weights that are NaN or infinite: {listed(bad)}; the training "
            "that saved them had come apart: take an earlier checkpoint of it"
        )


def _finite(tensor: Tensor) -> bool:
    """By the bits, since NumPy has no bfloat16; whole numbers are always finite."""
    exponent = _EXPONENTS.get(tensor.dtype)
    if exponent is None:
        return True
    kind = np.dtype(f"<u{_SIZES[tensor.dtype]}")
    mask = kind.type(exponent)
    return not any(((np.frombuffer(block, kind) & mask) == mask).any() for block in tensor.blocks())


def listed(names: Iterable[str]) -> str:
    """The first three of some names, and how many more there are."""
    chosen = sorted(names)
    more = f" and {len(chosen) - 3} more" if len(chosen) > 3 else ""
    return ", ".join(chosen[:3]) + more


def _indexed(index: Path) -> list[str]:
    """The names of files in an index; InputError where they are none or lie elsewhere."""
    named = read_json(index).get("weight_map")
    if not isinstance(named, dict) or not all(isinstance(one, str) for one in named.values()):
        raise InputError(f"{index} has no weight_map of tensors' names to names of files")
    names = sorted(set(named.values()))
    if strange := [one for one in names if one in ("", "..") or Path(one).name != one]:
        raise InputError(f"{index} names {strange[0]!r}, which is no file beside it")
    return names


def _contents(path: Path) -> dict[str, Stored]:
    """The tensors of a file, which must fill it without a gap."""
    length = path.stat().st_size
    try:
        with path.open("rb") as file:
            header = int.from_bytes(file.read(8), "little")
            if not 2 <= header <= min(_LONGEST, length - 8):
                raise ValueError("its header is longer than the file")
            head = file.read(header)
        content = parse_json(head, f"{path} is cut off or no safetensors file")
        content.pop("__metadata__", None)
        if wrong := misfit(content, dict[str, _Entry]):
            raise ValueError(wrong)
        entries = sorted(content.items(), key=lambda entry: entry[1]["data_offsets"])
        end, found = 8 + header, {}
        for name, entry in entries:
            one = Stored(path, entry["dtype"], tuple(entry["shape"]), end)
            begin, stop = entry["data_offsets"]
            if 8 + header + begin != end or stop - begin != size(one):
                raise ValueError(f"{name} does not lie where its header says")
            found[name] = one
            end += size(one)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is cut off or no safetensors file: {error}") from error
    if end != length:
        raise InputError(f"{path} is cut off or damaged: it has {length} bytes instead of {end}")
    return found


def _parts(tensors: Mapping[str, Tensor], shard: int) -> list[dict[str, Tensor]]:
    """Tensors in order, a file each time the next would not fit."""
    parts: list[dict[str, Tensor]] = [{}]
    filled = 0
    for name, tensor in tensors.items():
        if parts[-1] and filled + size(tensor) > shard:
            parts.append({})
            filled = 0
        parts[-1][name] = tensor
        filled += size(tensor)
    return parts


def _write(tensors: Mapping[str, Tensor], path: Path) -> None:
    # Wide types first and a header of whole words: every tensor then begins at a multiple of its
    # elements' size, as some readers ask.
    order = sorted(tensors.items(), key=lambda entry: (-_SIZES[entry[1].dtype], entry[0]))
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, tensor in order:
        begin, end = end, end + size(tensor)
        header[name] = {
            "dtype": tensor.dtype,
            "shape": list(tensor.shape),
            "data_offsets": [begin, end],
        }
    head = json.dumps(header, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    with path.open("wb") as file:
        file.write(len(head).to_bytes(8, "little") + head)
        for _, tensor in order:
            for block in tensor.blocks():
                file.write(block)
