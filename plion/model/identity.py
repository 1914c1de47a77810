"""Where a model's files are, and which weights they hold; without torch and without the network."""

import functools
import hashlib
import json
from pathlib import Path

from huggingface_hub import try_to_load_from_cache
from huggingface_hub.errors import HFValidationError

from plion.errors import InputError
from plion.runs import RunFolder, sha256

MINI = Path(__file__).parent / "mini"
_MEL_BINS = 128  # transformers' default, which a configuration may leave out
_FILES = ("tokenizer.json", "config.json", "generation_config.json", "processor_config.json",
          "preprocessor_config.json")  # fmt: skip


def resolve(name: str) -> Path:
    """The folder in `hf` layout of a run folder, such a folder, `mini`, or a cached hub id.

    An existing path wins. Raises InputError where there is none, where it has no weights, and
    where it is in the `qwen-asr` layout.
    """
    folder = Path(name)
    if not folder.exists():
        folder = MINI if name == "mini" else _cached(name)
    run = RunFolder(folder)
    if run.record.exists():
        if not run.export.exists():
            state = run.read().get("status", "not started")
            raise InputError(f"run {folder} has no weights yet (status {state}); finish it first")
        folder = run.export
    return _checked(folder)


def identity(name: str) -> str:
    """What the weights are: a hub snapshot's revision, else a sha256 over the files that count.

    Those are the weights, the tokenizer and the configurations: of the model, of how it generates
    and of what is made of the audio. Raises InputError as `resolve`.
    """
    folder = resolve(name)
    if folder.parent.name == "snapshots":
        return folder.name
    weights = sorted(folder.glob("*.safetensors"))
    digest = hashlib.sha256()
    others = [folder / name for name in _FILES if (folder / name).is_file()]
    for path in (*weights, *others):
        state = path.stat()
        content = _sha256(path, state.st_size, state.st_mtime_ns)
        digest.update(f"{path.name} {content}\n".encode())
    return digest.hexdigest()


def mel_bins(folder: Path) -> int:
    """How many frequency bins the spectrograms have that the model of a folder listens to."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return int(config.get("audio_config", {}).get("num_mel_bins", _MEL_BINS))


@functools.lru_cache
def _sha256(path: Path, _size: int, _changed: int) -> str:
    """Once a process and state of a file: weights are gigabytes, and every cell asks."""
    return sha256(path)


def _cached(name: str) -> Path:
    try:
        config = try_to_load_from_cache(name, "config.json")
    except HFValidationError:
        config = None
    if not isinstance(config, str):
        raise InputError(
            f"model '{name}' is not a folder and not in the local hub cache; "
            f"fetch a hub model first with `hf download {name}`"
        )
    return Path(config).parent


def _checked(folder: Path) -> Path:
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{folder} is not a model folder: it has no config.json") from error
    except ValueError as error:
        raise InputError(f"{folder / 'config.json'} is not JSON ({error})") from error
    if "thinker_config" in config:
        raise InputError(
            f"{folder} is in the qwen-asr layout (thinker_config), which cannot be read yet; "
            "use the hf layout, as of Qwen/Qwen3-ASR-0.6B-hf"
        )
    if not any(folder.glob("*.safetensors")):
        raise InputError(f"{folder} has no weights (*.safetensors)")
    if not (folder / "tokenizer.json").is_file():
        raise InputError(f"{folder} has no tokenizer.json")
    return folder
