"""Writes safetensors byte by byte, without interpreting tensors. Without torch."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plion.models.folders.safetensors import INDEX, SINGLE, SIZES, Tensor, size

SHARD = 5 * 10**9  # largest file in bytes, as in the hub's library


def write_weights(tensors: Mapping[str, Tensor], folder: Path, shard: int = SHARD) -> None:
    """Writes tensors in the hub's format: one file, or several with an index.

    `shard`: largest file in bytes, unless a single tensor is larger.
    """
    parts = _parts(tensors, shard)
    if len(parts) == 1:
        _write(parts[0], folder / SINGLE)
        return
    weight_map = {}
    for number, part in enumerate(parts, 1):
        name = f"model-{number:05d}-of-{len(parts):05d}.safetensors"
        _write(part, folder / name)
        weight_map.update(dict.fromkeys(part, name))
    total = sum(map(size, tensors.values()))
    index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(weight_map.items()))}
    (folder / INDEX).write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")


def _parts(tensors: Mapping[str, Tensor], shard: int) -> list[dict[str, Tensor]]:
    """Divides tensors into files in order, starting a new file when the next would not fit."""
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
    order = sorted(tensors.items(), key=lambda entry: (-SIZES[entry[1].dtype], entry[0]))
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
