"""Sources of the files beside a model's weights: its own folder, or that of another model.

The official recipe saves checkpoints with Hugging Face's Trainer, which omits the settings of the
feature extractor, the chat template and sometimes the tokenizer. `--like` names a model that
supplies the missing files. Without torch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plion.errors import InputError
from plion.models import tokenizer
from plion.models.folders.documents import read_json
from plion.system.documents import read_text

TEMPLATE, GENERATION = "chat_template.jinja", "generation_config.json"
_PROCESSOR, _PREPROCESSOR = "processor_config.json", "preprocessor_config.json"


@dataclass(frozen=True)
class Sources:
    """`folder` has the weights and config.json; each other file may be in another folder."""

    folder: Path
    tokenizer: Path
    features: Path
    template: Path
    generation: Path

    @property
    def other(self) -> Path | None:
        """The other folder that supplies any file; None if the model has all.

        The template does not count, as it does not affect the output.
        """
        parts = (self.features, self.tokenizer, self.generation)
        return next((part for part in parts if part != self.folder), None)

    @property
    def own(self) -> bool:
        """Whether all files are from the model's own folder."""
        return self.other is None and self.template == self.folder


def sources(folder: Path, like: Callable[[], Path] | None = None) -> Sources:
    """The sources of the files beside a folder's weights.

    `like`: called for the folder that supplies missing files, only if any is missing. A file that
    neither has is reported by its reader.
    """
    lacking = [name for name, has in _HAS.items() if not has(folder)]
    other = like() if like and lacking else folder
    return Sources(
        folder,
        **{name: other if name in lacking and has(other) else folder for name, has in _HAS.items()},
    )


def features(folder: Path) -> Any:
    """The stored settings of a folder's feature extractor; raises InputError if it has none."""
    found = _features(folder)
    if found is None:
        raise lacks(folder, _PREPROCESSOR)
    return found


def template(folder: Path) -> str:
    """The chat template of a checkpoint of any version; raises InputError if it has none."""
    found = _template(folder)
    if found is None:
        raise lacks(folder, f"chat template ({TEMPLATE} or chat_template.json)")
    return found


def lacks(folder: Path, what: str) -> InputError:
    """The InputError for a file that a checkpoint was saved without."""
    return InputError(
        f"{folder} has no {what}; take it from the model that this one was trained from, with "
        "`--like BASE`, or model.like=BASE in an experiment"
    )


def _has_tokenizer(folder: Path) -> bool:
    return not tokenizer.missing(folder)


def _features(folder: Path) -> Any:
    if (folder / _PROCESSOR).is_file():
        own = read_json(folder / _PROCESSOR).get("feature_extractor")
        if own:
            return own
    return read_json(folder / _PREPROCESSOR) if (folder / _PREPROCESSOR).is_file() else None


def _template(folder: Path) -> str | None:
    if (folder / TEMPLATE).is_file():
        return read_text(folder / TEMPLATE)
    for name in ("chat_template.json", "tokenizer_config.json"):
        if (folder / name).is_file():
            found = read_json(folder / name).get("chat_template")
            if isinstance(found, str):
                return found
    return None


# By the names of `Sources`.
_HAS: dict[str, Callable[[Path], bool]] = {
    "tokenizer": _has_tokenizer,
    "features": lambda folder: _features(folder) is not None,
    "template": lambda folder: _template(folder) is not None,
    "generation": lambda folder: (folder / GENERATION).is_file(),
}
