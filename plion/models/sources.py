"""Which folder each companion of a model's weights is taken from: the model's own, or another's.

The official recipe saves checkpoints with Hugging Face's Trainer, which leaves out what it was not
given: the settings of the feature extractor, the chat template, sometimes the tokenizer. `--like`
names a model to take from what a checkpoint lacks. Free of torch.
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
    """`folder` has the weights and config.json; each of the others may lie in another's folder."""

    folder: Path
    tokenizer: Path
    features: Path
    template: Path
    generation: Path

    @property
    def other(self) -> Path | None:
        """The folder that anything is taken from besides the model's own; None where all is there.

        The template is left out: it changes nothing that a model says.
        """
        parts = (self.features, self.tokenizer, self.generation)
        return next((part for part in parts if part != self.folder), None)

    @property
    def own(self) -> bool:
        """Whether nothing is taken from another folder."""
        return self.other is None and self.template == self.folder


def sources(folder: Path, like: Callable[[], Path] | None = None) -> Sources:
    """Where the companions of a folder's weights are; `like`: the folder that has what it lacks.

    It is asked for only if anything is lacking. What neither has is left to the one who needs it.
    """
    lacking = [name for name, has in _HAS.items() if not has(folder)]
    other = like() if like and lacking else folder
    return Sources(
        folder,
        **{name: other if name in lacking and has(other) else folder for name, has in _HAS.items()},
    )


def features(folder: Path) -> Any:
    """The settings of a folder's feature extractor, as stored; InputError where it has none."""
    found = _features(folder)
    if found is None:
        raise lacks(folder, _PREPROCESSOR)
    return found


def template(folder: Path) -> str:
    """The chat template from wherever a checkpoint of any age has it; InputError without one."""
    found = _template(folder)
    if found is None:
        raise lacks(folder, f"chat template ({TEMPLATE} or chat_template.json)")
    return found


def lacks(folder: Path, what: str) -> InputError:
    """The sentence for what a checkpoint has been saved without."""
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
