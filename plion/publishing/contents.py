"""Selects the files of a model's folder to publish; refuses secrets and anything unknown."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from plion.data.audio.suffixes import AUDIO
from plion.errors import InputError
from plion.models.card import Card
from plion.models.folders.safetensors import INDEX
from plion.system.documents import parse_json
from plion.system.files import sha256
from plion.typesetting.formats import tabulated

CARD = "README.md"
_NAMES = {"config.json", INDEX, "adapter_config.json", "adapter_model.safetensors",
          "base_model.json"}  # fmt: skip
_WEIGHTS = re.compile(r"model(-\d{5}-of-\d{5})?\.safetensors")
_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".npy", ".npz", ".joblib")
_OPTIMISER = re.compile(r"optim|scheduler|rng_state|trainer_state|\.ckpt$", re.IGNORECASE)
# Names of an optimiser's tensors, and of a model's or adapter's in either layout.
_STATE = re.compile(r"(^|\.)(exp_avg(_sq)?|momentum_buffer|optimizer_states?)(\.|$)")
_ADAPTER = r"base_model\."
# File names of secrets: `token` and `.env`, but not `tokenizer.json`.
_SECRET_FILE = re.compile(
    r"\.env.*|\.netrc|\.git-credentials|\.?(hf_)?tokens?(\.(txt|json))?|.*credentials.*|.*secrets?.*"
    r"|id_(rsa|dsa|ecdsa|ed25519).*|.*\.(pem|key|p12|pfx)",
    re.IGNORECASE,
)
# Texts of secrets: tokens of the hub, GitHub and cloud services, and private keys.
_SECRET_TEXT = re.compile(
    rb"\b(hf_[A-Za-z0-9]{20,}|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|sk-[\w-]{30,}"
    rb"|AKIA[0-9A-Z]{16})\b|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
_PLACE = re.compile(r"(?<!\w)/(home|Users|root)/\w|[A-Z]:\\\\Users\\\\")  # escaped as in JSON
_VOCABULARIES = ("tokenizer.json", "vocab.json", "added_tokens.json")  # may hold any text


@dataclass(frozen=True)
class Content:
    """A file to publish: its name in the repository, its path, size in bytes, sha256."""

    name: str
    path: Path
    size: int
    sha256: str


def contents(folder: Path, card: Card) -> list[Content]:
    """The files of a model's folder, sorted by name, without README.md, which a card replaces.

    Raises InputError that names each file that must not be published, and why.
    """
    paths = [path for path in sorted(folder.iterdir()) if path.name != CARD]
    wrong = [f"{path.name} ({why})" for path in paths if (why := objection(path, card))]
    if wrong:
        raise InputError(f"cannot be published: {', '.join(wrong)}; remove it from {folder}")
    return [content(path) for path in paths]


def content(path: Path) -> Content:
    """A file to publish under its own name."""
    return Content(path.name, path, path.stat().st_size, sha256(path))


def published(name: str, card: Card) -> bool:
    """Whether a file name belongs to a model, so that a push may replace it (not the card)."""
    return name in _NAMES or name in card.files or bool(_WEIGHTS.fullmatch(name))


def listing(files: Sequence[Content]) -> str:
    """A table of files, with the total size."""
    rows = [[file.name, f"{file.size:,}", file.sha256[:12]] for file in files]
    rows.append([f"{len(files)} files", f"{sum(file.size for file in files):,}", ""])
    return tabulated(["file", "bytes", "sha256"], rows)


def objection(path: Path, card: Card) -> str:
    """Why a path in a model's folder must not be published; empty if it may be."""
    return next(_objections(path, card), "")


def _objections(path: Path, card: Card) -> Iterator[str]:
    suffix = path.suffix.lower()
    if _SECRET_FILE.fullmatch(path.name) and not published(path.name, card):
        yield "it looks like a token or a key"
    if suffix in AUDIO:
        yield "audio"
    if _OPTIMISER.search(path.name):
        yield "the state of a training"
    if suffix in _PICKLES:
        yield "a pickle, which runs code when it is loaded"
    if not published(path.name, card):
        yield "not a file of a model"
    if path.resolve().parent != path.parent.resolve():
        yield "a link to another folder"
    if not path.is_file():
        yield "not a file"
    yield _in_weights(path, card) if suffix == ".safetensors" else _in_text(path)


def _in_weights(path: Path, card: Card) -> str:
    try:
        with safe_open(path, framework="numpy") as tensors:
            names = list(tensors.keys())
    except SafetensorError:
        return "not an intact safetensors file"
    if any(map(_STATE.search, names)):
        return "the state of an optimiser"
    known = re.compile(f"{card.weights}|{_ADAPTER}")
    strange = next((name for name in names if not known.match(name)), None)
    return "" if strange is None else f"its tensor '{strange}' is not a weight of a model"


def _in_text(path: Path) -> str:
    stored = path.read_bytes()
    if _SECRET_TEXT.search(stored):
        return "it contains a token or a key"
    try:
        if path.suffix != ".json":
            stored.decode("utf-8")
            return ""
        spelt = json.dumps(parse_json(stored, "", Any), ensure_ascii=False)
    except (InputError, UnicodeDecodeError):
        return "not a text, as its name says"
    if path.name not in _VOCABULARIES and _PLACE.search(spelt):
        return "it names a folder of this machine's user"
    return ""
