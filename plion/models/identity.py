"""Identity of a model's weights, and the base model of an adapter; without torch."""

import functools
import hashlib
import json
from pathlib import Path
from typing import TypedDict

from plion.errors import InputError
from plion.models.families import family
from plion.models.folders.documents import read_json
from plion.models.locate import find_model, snapshot, supplied
from plion.models.tokenizer import TOKENIZER_PARTS
from plion.system.files import sha256

_BASE = "base_model.json"  # which weights an adapter's folder is to be laid over
_FILES = ("tokenizer.json", "config.json", "generation_config.json", "processor_config.json",
          "preprocessor_config.json", "adapter_config.json", _BASE)  # fmt: skip
_OWN = ("config.json", "adapter_config.json", _BASE)  # of the weights, never another model's


class _Base(TypedDict):
    """The base model of an adapter: its name and the identity of its weights."""

    name: str
    identity: str


def identity(name: str, like: str | None = None) -> str:
    """The identity of a model's weights: a hub snapshot's revision, else a sha256 of its files.

    The files: weights, tokenizer, and the configurations of model, generation and feature
    extractor, including those supplied by the model named `like`. Raises InputError as
    `find_model`.
    """
    folder = find_model(name)
    other = supplied(folder, like).other
    if (on_hub := snapshot(folder)) and not other:
        return on_hub[1]
    digest = hashlib.sha256()
    names = (*_FILES, *family(folder).companions(folder))
    others = [folder / name for name in names if (folder / name).is_file()]
    if other:
        its = [name for name in (*_FILES, *TOKENIZER_PARTS) if name not in _OWN]
        others += [other / name for name in its if (other / name).is_file()]
    for path in (*sorted(folder.glob("*.safetensors")), *others):
        state = path.stat()
        content = _sha256(path, state.st_size, state.st_mtime_ns)
        digest.update(f"{path.name} {content}\n".encode())
    return digest.hexdigest()


def write_base(folder: Path, name: str) -> None:
    """Records an adapter's base model and its present identity in the adapter's folder."""
    content = {"name": name, "identity": identity(name)}
    (folder / _BASE).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def base(folder: Path) -> str | None:
    """The name of the base model of an adapter's folder; None for a folder of full weights.

    Raises InputError if the base model is missing or has changed.
    """
    if not (folder / _BASE).is_file():
        return None
    content = read_json(folder / _BASE, _Base)
    name = str(content["name"])
    try:
        now = identity(name)
    except InputError as error:
        raise InputError(f"the adapter in {folder} needs its base model: {error}") from error
    if now != content["identity"]:
        raise InputError(
            f"the adapter in {folder} was trained on other weights than {name} has now; "
            "train it again, or restore the base model"
        )
    return name


@functools.lru_cache
def _sha256(path: Path, _size: int, _changed: int) -> str:
    """sha256 of a file, cached per state of the file: weights are large, and every cell asks."""
    return sha256(path)
