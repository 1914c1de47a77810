"""The table of model families: the only place that names them. Free of torch."""

from importlib import import_module
from pathlib import Path

from plion.errors import InputError
from plion.models import tokenizer
from plion.models.base import Family
from plion.models.folders.documents import model_type
from plion.models.locate import find_model, located, supplied

DEFAULT = "qwen3_asr"  # also of a config.json that names no model_type

# By the model_type of config.json: the module of a `FAMILY`, imported when it is asked for.
_FAMILIES = {
    DEFAULT: "plion.models.qwen3_asr.protocol.family",
    "whisper": "plion.models.whisper.protocol.family",
}
_OTHERS = "plion.models.transformers_asr.family"  # recognisers that can be decoded but not trained


def family(folder: Path) -> Family:
    """The family of a model's folder, by the `model_type` of its config.json."""
    return _imported(_FAMILIES.get(model_type(folder) or DEFAULT, _OTHERS))


def default_family() -> Family:
    """The family assumed if a model is not available."""
    return _imported(_FAMILIES[DEFAULT])


def resolve(name: str, *, pickles: bool = False, like: str | None = None) -> Path:
    """The folder of a trainable model, as `find_model`.

    Raises InputError as `find_model`, for a missing tokenizer, and for a recogniser that can only
    be decoded. `pickles`: accepts pickled weights. `like`: as in `supplied`.
    """
    folder = located(name) if pickles else find_model(name)
    if not family(folder).parts:
        raise InputError(
            f"{folder} is a model of kind '{model_type(folder)}', and only {_titles()} can be "
            "trained; `plion evaluate` takes it as it is"
        )
    tokenizer.files(supplied(folder, like).tokenizer)
    return folder


def _titles() -> str:
    return " and ".join(_imported(module).title for module in _FAMILIES.values())


def _imported(module: str) -> Family:
    found: Family = import_module(module).FAMILY
    return found
