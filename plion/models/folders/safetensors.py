"""Reads safetensors files: names, types, shapes and bytes, one tensor at a time.

A file is the length of its header (8 bytes), the header (JSON), and the tensors' bytes one after
another (https://github.com/huggingface/safetensors#format). Bytes are copied without interpreting
them, so that nothing is rounded and only a block is in memory. Without torch.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypedDict

from plion.errors import InputError
from plion.models.folders.documents import read_json
from plion.system.documents import parse_json
from plion.system.kinds import misfit

INDEX = "model.safetensors.index.json"
SINGLE = "model.safetensors"
_BLOCK = 1 << 22  # bytes copied at once
_LONGEST = 100_000_000  # longest header in bytes, as in the format's own library
SIZES = {"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2,
         "I16": 2, "U16": 2, "I8": 1, "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1}  # fmt: skip


class Tensor(Protocol):
    """A tensor that can be written, with its bytes in blocks. `dtype`: safetensors' name."""

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
    return SIZES[tensor.dtype] * math.prod(tensor.shape)


def stored(folder: Path) -> dict[str, Stored]:
    """All tensors of a model's folder by name, in order of storage.

    Raises InputError for a missing, truncated or invalid file, and for a name in two files.
    """
    found: dict[str, Stored] = {}
    for path in files(folder):
        for name, one in _contents(path).items():
            if name in found:
                raise InputError(f"{path} and {found[name].path} both hold {name}")
            found[name] = one
    return found


def files(folder: Path) -> list[Path]:
    """The files of a folder's weights: those named in its index, else all safetensors files.

    Raises InputError if there are none, if some are missing, or if there are two sets.
    """
    single = folder / SINGLE
    if (folder / INDEX).is_file():
        paths = [folder / name for name in _indexed(folder / INDEX)]
        if missing := [path.name for path in paths if not path.is_file()]:
            raise InputError(f"{folder} lacks {', '.join(missing[:3])}, which {INDEX} names")
        if single.is_file() and paths != [single]:  # which transformers would read
            raise InputError(
                f"{folder} has {SINGLE} and an index of other files, {INDEX}: move the weights "
                "that are not meant elsewhere"
            )
    else:
        paths = [single] if single.is_file() else sorted(folder.glob("*.safetensors"))
    if not paths:
        raise InputError(f"{folder} has no weights (*.safetensors)")
    return paths


def _indexed(index: Path) -> list[str]:
    """The file names in an index; raises InputError if they are invalid or in another folder."""
    named = read_json(index).get("weight_map")
    if not isinstance(named, dict) or not all(isinstance(one, str) for one in named.values()):
        raise InputError(f"{index} has no weight_map of tensors' names to names of files")
    names = sorted(set(named.values()))
    if strange := [one for one in names if one in ("", "..") or Path(one).name != one]:
        raise InputError(f"{index} names {strange[0]!r}, which is not a file beside it")
    return names


def _contents(path: Path) -> dict[str, Stored]:
    """The tensors of a file; they must fill it without gaps."""
    length = path.stat().st_size
    try:
        with path.open("rb") as file:
            header = int.from_bytes(file.read(8), "little")
            if not 2 <= header <= min(_LONGEST, length - 8):
                raise ValueError("its header is longer than the file")
            head = file.read(header)
        content = parse_json(head, f"{path} is truncated or not a safetensors file")
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
        raise InputError(f"{path} is truncated or not a safetensors file: {error}") from error
    if end != length:
        raise InputError(f"{path} is truncated or damaged: it has {length} bytes instead of {end}")
    return found
