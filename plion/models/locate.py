"""Where a model's files are, and which weights they hold; without torch and without the network."""

import functools
import hashlib
import json
import re
from pathlib import Path
from typing import TypedDict

from huggingface_hub import try_to_load_from_cache
from huggingface_hub.errors import HFValidationError

from plion.errors import InputError
from plion.models import tokenizer
from plion.models.qwen3_asr.files import weights
from plion.models.qwen3_asr.files.layouts import read_config, read_json
from plion.models.qwen3_asr.files.sources import Sources, sources
from plion.runs.folder import RunFolder
from plion.system.files import sha256

MINI = Path(__file__).parent / "qwen3_asr" / "mini"
_MEL_BINS = 128  # transformers' default, which a configuration may leave out
QWEN = "qwen3_asr"
_SNAPSHOT = re.compile(r"models--([^/]+?)--([^/]+)/snapshots/([0-9a-f]{40})")  # of the hub's cache
_BASE = "base_model.json"  # which weights an adapter's folder is to be laid over
_FILES = ("tokenizer.json", "config.json", "generation_config.json", "processor_config.json",
          "preprocessor_config.json", "adapter_config.json", _BASE)  # fmt: skip
_WEIGHTS_OWN = ("config.json", "adapter_config.json", _BASE)  # never another model's
# What tokenizers may be of where there is no tokenizer.json, and those of other recognisers.
_OTHERS = ("vocab.json", "merges.txt", "added_tokens.json", "tokenizer_config.json",
           "special_tokens_map.json", "normalizer.json", "tokenizer.model", "spiece.model",
           "sentencepiece.bpe.model")  # fmt: skip


class _Base(TypedDict):
    """The model that an adapter is of, by its name and by what identifies its weights."""

    name: str
    identity: str


def resolve(name: str, *, pickles: bool = False, like: str | None = None) -> Path:
    """The folder of a run folder, a folder in either layout, `mini`, or a cached hub id.

    A hub id may name a revision, `owner/name@revision`. An existing path wins. Raises InputError
    where there is none, where it has no weights or no tokenizer, and where it is of another
    recogniser than Qwen3-ASR. `pickles`: such weights will do as well. `like`: as in `supplied`.
    """
    folder = _located(name) if pickles else find_model(name)
    if (other := kind(folder)) != QWEN:
        raise InputError(
            f"{folder} is a model of kind '{other}' and not Qwen3-ASR, which alone can be trained; "
            "`plion evaluate` takes it as it is"
        )
    tokenizer.files(supplied(folder, like).tokenizer)
    return folder


def supplied(folder: Path, like: str | None) -> Sources:
    """Where the companions of a folder's weights are: there, or else in the model named `like`."""
    return sources(folder, (lambda: find_model(like)) if like else None)


def find_model(name: str) -> Path:
    """The same for any recogniser of the library; InputError as of `resolve` but for the last."""
    folder = _located(name)
    if not any(folder.glob("*.safetensors")):
        if pickles := sorted(folder.glob("*.bin")):
            raise InputError(
                f"{folder} has its weights in {pickles[0].name}, a pickle, which is not read "
                "unasked; make safetensors of it with `plion convert --pickle`"
            )
        raise InputError(f"{folder} has no weights (*.safetensors)")
    weights.files(folder)
    return folder


def _located(name: str) -> Path:
    """Whatever the weights are stored as, and whether there are any."""
    folder = Path(name)
    if not folder.exists():
        folder = MINI if name == "mini" else _cached(name)
    run = RunFolder(folder)
    if run.record.exists():
        if not run.export.exists():
            state = run.read().status or "not started"
            raise InputError(f"run {folder} has no weights yet (status {state}); finish it first")
        folder = run.export
    if not (folder / "config.json").is_file():
        raise InputError(f"{folder} is not a model folder: it has no config.json")
    read_json(folder / "config.json")
    return folder


def kind(folder: Path) -> str:
    """The library's word for what a model is, its `model_type`; Qwen3-ASR where it has none."""
    return str(read_json(folder / "config.json").get("model_type", QWEN))


def identity(name: str, like: str | None = None) -> str:
    """What the weights are: a hub snapshot's revision, else a sha256 over the files that count.

    Those are the weights, the tokenizer and the configurations: of the model, of how it generates
    and of what is made of the audio, with those that come from the model named `like`. Raises
    InputError as `find`.
    """
    folder = find_model(name)
    other = supplied(folder, like).other
    if (on_hub := snapshot(folder)) and not other:
        return on_hub[1]
    digest = hashlib.sha256()
    whole = kind(folder) == QWEN and (folder / tokenizer.FILE).is_file()
    names = _FILES if whole else (*_FILES, *_OTHERS)
    others = [folder / name for name in names if (folder / name).is_file()]
    if other:
        its = [name for name in (*_FILES, *_OTHERS) if name not in _WEIGHTS_OWN]
        others += [other / name for name in its if (other / name).is_file()]
    for path in (*sorted(folder.glob("*.safetensors")), *others):
        state = path.stat()
        content = _sha256(path, state.st_size, state.st_mtime_ns)
        digest.update(f"{path.name} {content}\n".encode())
    return digest.hexdigest()


def snapshot(folder: Path) -> tuple[str, str] | None:
    """Id and revision of what lies in a folder of the hub's cache; None of any other folder."""
    found = _SNAPSHOT.fullmatch("/".join(folder.parts[-3:]))
    return (f"{found[1]}/{found[2]}", found[3]) if found else None


def write_base(folder: Path, name: str) -> None:
    """Writes down in an adapter's folder which model it is of, as that is now."""
    content = {"name": name, "identity": identity(name)}
    (folder / _BASE).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def base(folder: Path) -> str | None:
    """The name of the model that an adapter's folder is of; None for a folder of whole weights.

    Raises InputError where that model is gone, or is another by now.
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
            "train it anew, or put back what was there"
        )
    return name


def mel_bins(folder: Path) -> int:
    """How many frequency bins the spectrograms have that the model of a folder listens to."""
    config = read_config(folder)
    try:
        return int(config.get("audio_config", {}).get("num_mel_bins", _MEL_BINS))
    except (ArithmeticError, AttributeError, TypeError, ValueError) as error:
        raise InputError(f"{folder / 'config.json'} is not of Qwen3-ASR: {error}") from error


@functools.lru_cache
def _sha256(path: Path, _size: int, _changed: int) -> str:
    """Once a process and state of a file: weights are gigabytes, and every cell asks."""
    return sha256(path)


def _cached(name: str) -> Path:
    repository, _, revision = name.partition("@")
    try:
        config = try_to_load_from_cache(repository, "config.json", revision=revision or None)
    except HFValidationError:
        config = None
    if not isinstance(config, str):
        asked = f"{repository} --revision {revision}" if revision else repository
        raise InputError(
            f"model '{name}' is not a folder and not in the local hub cache; "
            f"fetch a hub model first with `hf download {asked}`"
        )
    return Path(config).parent
