"""What a folder would publish: its files, and what must not be among them."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from plion.data.suffixes import AUDIO
from plion.errors import InputError
from plion.runs import sha256
from plion.typesetting.tables import table

_TEXT = (".json", ".jinja", ".txt", ".md", ".model")
_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".npy", ".npz", ".joblib")
_OPTIMISER = re.compile(r"optim|scheduler|rng_state|trainer_state|\.ckpt$", re.IGNORECASE)
_STATE = re.compile(r"(^|\.)(exp_avg(_sq)?|momentum_buffer|optimizer_states?)(\.|$)")  # in weights
# By name: `token` and `.env`, and not `tokenizer.json`.
_SECRET_FILE = re.compile(
    r"\.env.*|\.netrc|\.git-credentials|\.?(hf_)?tokens?(\.(txt|json))?|.*credentials.*|.*secrets?.*"
    r"|id_(rsa|dsa|ecdsa|ed25519).*|.*\.(pem|key|p12|pfx)",
    re.IGNORECASE,
)
# By what they look like: tokens of the hub, GitHub and cloud services, and private keys.
_SECRET_TEXT = re.compile(
    rb"\b(hf_[A-Za-z0-9]{20,}|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|sk-[\w-]{30,}"
    rb"|AKIA[0-9A-Z]{16})\b|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)


@dataclass(frozen=True)
class Content:
    """A file as it would go up: its name in the repository, its size in bytes, its content."""

    name: str
    size: int
    sha256: str


def contents(folder: Path) -> list[Content]:
    """Every file below a folder, by name.

    Raises InputError that names each which is no part of a model to publish, and why.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path for path in paths}
    wrong = [f"{name} ({why})" for name, path in named.items() if (why := objection(path))]
    if wrong:
        raise InputError(f"not to be published: {', '.join(wrong)}; take it out of the folder")
    return [Content(name, path.stat().st_size, sha256(path)) for name, path in named.items()]


def listing(files: Sequence[Content]) -> str:
    """Files as a table, with their sum."""
    rows = [[file.name, f"{file.size:,}", file.sha256[:12]] for file in files]
    rows.append([f"{len(files)} files", f"{sum(file.size for file in files):,}", ""])
    return table(["file", "bytes", "sha256"], rows)


def objection(path: Path) -> str:
    """Why a file must not go up, in words; nothing where it may."""
    suffix = path.suffix.lower()
    if _SECRET_FILE.fullmatch(path.name):
        return "it looks like a token or a key"
    if suffix in AUDIO:
        return "audio"
    if _OPTIMISER.search(path.name):
        return "the state of a training"
    if suffix in _PICKLES:
        return "a pickle, which runs code where it is loaded"
    if suffix == ".safetensors":
        return _in_weights(path)
    if suffix not in _TEXT:
        return "no file of a model"
    return _in_text(path)


def _in_weights(path: Path) -> str:
    try:
        with safe_open(path, framework="numpy") as tensors:
            states = [name for name in tensors.keys() if _STATE.search(name)]  # noqa: SIM118
    except SafetensorError:
        return "not whole, or no safetensors"
    return "the state of an optimiser" if states else ""


def _in_text(path: Path) -> str:
    content = path.read_bytes()
    if _SECRET_TEXT.search(content):
        return "a token or a key is in it"
    try:
        if path.suffix == ".json":
            json.loads(content)
        elif path.suffix != ".model":  # SentencePiece's, which is binary
            content.decode("utf-8")
    except ValueError:
        return "no text, whatever its name says"
    return ""
