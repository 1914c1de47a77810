"""Finds the folder of a model by name; without torch and without the network."""

import re
from pathlib import Path

from plion.errors import InputError
from plion.models.folders import safetensors
from plion.models.folders.documents import model_type
from plion.models.sources import Sources, sources
from plion.runs.folder import RunFolder

MINI = Path(__file__).parent / "qwen3_asr" / "mini"
_SNAPSHOT = re.compile(r"models--([^/]+?)--([^/]+)/snapshots/([0-9a-f]{40})")  # of the hub's cache


def supplied(folder: Path, like: str | None) -> Sources:
    """The folders of the files beside a model's weights: its own, or that of the model `like`."""
    return sources(folder, (lambda: find_model(like)) if like else None)


def find_model(name: str) -> Path:
    """The model folder of a run folder, a folder in any layout, `mini`, or a cached hub id.

    A hub id may name a revision, `owner/name@revision`. An existing path wins. Raises InputError
    if there is none, or if it has no weights.
    """
    folder = located(name)
    if not any(folder.glob("*.safetensors")):
        if pickles := sorted(folder.glob("*.bin")):
            raise InputError(
                f"{folder} has its weights in {pickles[0].name}, a pickle, which may run code; "
                "convert it to safetensors with `plion convert --pickle`"
            )
        raise InputError(f"{folder} has no weights (*.safetensors)")
    safetensors.files(folder)
    return folder


def located(name: str) -> Path:
    """Like `find_model`, but accepts a folder with pickled weights or none."""
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
    model_type(folder)
    return folder


def snapshot(folder: Path) -> tuple[str, str] | None:
    """Id and revision of a folder of the hub's cache; None for any other folder."""
    found = _SNAPSHOT.fullmatch("/".join(folder.parts[-3:]))
    return (f"{found[1]}/{found[2]}", found[3]) if found else None


def _cached(name: str) -> Path:
    # Imported where it is needed: it takes longer than reading the state of a study.
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

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
