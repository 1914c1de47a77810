"""Manifests written line by line, and what is said of bad ones."""

from pathlib import Path
from typing import Any

import pytest

from plion.data.manifest import Manifest, read_manifest, write_manifest
from plion.errors import InputError


def row(**fields: Any) -> dict[str, Any]:
    return {
        "id": "a", "audio": "audio/a.wav", "text": "Halo, dunia.", "language": "ms",
        "dataset": "mesolitica", "duration": 1.5, **fields,
    }  # fmt: skip


def read(folder: Path, *rows: dict[str, Any]) -> Manifest:
    write_manifest(folder / "train.jsonl", rows)
    return read_manifest(folder / "train.jsonl")


def refusal(folder: Path, *lines: str | bytes) -> str:
    path = folder / "train.jsonl"
    path.write_bytes(b"\n".join(x if isinstance(x, bytes) else x.encode() for x in lines))
    with pytest.raises(InputError) as error:
        read_manifest(path)
    return str(error.value)
