"""The JSON files of a model's folder. Free of torch."""

from pathlib import Path
from typing import Any

from plion.errors import InputError
from plion.system import documents


def read_json(path: Path, kind: Any = dict) -> dict[str, Any]:
    """Reads a JSON file of a type of `plion.system.kinds`; raises InputError for any other."""
    if not path.is_file():
        raise InputError(f"{path.parent} has no {path.name}")
    content: dict[str, Any] = documents.read_json(path, kind)
    return content


def model_type(folder: Path) -> str | None:
    """The `model_type` in a folder's config.json, or None."""
    found = read_json(folder / "config.json").get("model_type")
    return None if found is None else str(found)
