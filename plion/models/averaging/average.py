"""Averages of the weights of two models, as in WiSE-FT: Wortsman et al. 2022, arXiv 2109.01903."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from plion.errors import InputError
from plion.models import tokenizer
from plion.models.averaging.blend import Blend
from plion.models.converting import convert
from plion.models.families import family, resolve
from plion.models.folders.documents import read_json
from plion.models.folders.drafts import new_folder
from plion.models.folders.safetensors import stored
from plion.models.folders.shards import write_weights
from plion.models.folders.weights import listed
from plion.runs.folder import run_of
from plion.system import drafts
from plion.system.files import disk_full

# Keys of a config.json that say how a model was stored, and not what it is.
_ASIDE = ("dtype", "torch_dtype", "transformers_version", "_name_or_path", "architectures")


class Pair:
    """Two models of one architecture and one tokenizer, with whole weights under the same names.

    `first` and `second`: folders in the family's own layout. Raises InputError, naming what
    differs, for models that cannot be averaged.
    """

    def __init__(self, first: Path, second: Path) -> None:
        self.second = second
        self._first, self._second = stored(first), stored(second)
        _check_same(read_json(first / "config.json"), read_json(second / "config.json"))
        _check_tokenizers(first, second)
        for own, other, words in (
            (self._first, self._second, "the base has {}, which the run lacks"),
            (self._second, self._first, "the run has {}, which the base lacks"),
        ):
            if names := own.keys() - other.keys():
                raise InputError(f"the two models differ: {words.format(listed(names))}")
        if shapes := [name for name, one in self._first.items() if one.shape != self._shape(name)]:
            name = min(shapes)
            raise InputError(
                f"the two models differ: {name} is {list(self._first[name].shape)} in the base and "
                f"{list(self._shape(name))} in the run"
            )

    def write(self, weight: float, target: Path) -> None:
        """Writes (1 - weight) of the first model and weight of the second into a new folder.

        The folder has the files of the second model beside its weights, and appears whole or not
        at all. Only a block of each model is in memory.
        """
        with new_folder(target) as draft, disk_full(target):
            shutil.copytree(self.second, draft, dirs_exist_ok=True, ignore=_weights)
            write_weights(self._blended(weight), draft)

    def _blended(self, weight: float) -> Mapping[str, Blend]:
        return {
            name: Blend(name, self._first[name], one, weight) for name, one in self._second.items()
        }

    def _shape(self, name: str) -> tuple[int, ...]:
        return self._second[name].shape


@contextmanager
def pair(base: str, run: str, home: Path, like: str | None = None) -> Iterator[Pair]:
    """Two models, as MODEL of `plion evaluate`, brought to one layout in a temporary folder.

    `home`: an existing folder, for copies of both on the same disk. Adapters are merged. Files that
    the base lacks beside its weights are the run's; `like` supplies those of the run. Raises
    InputError as `Pair`, for another architecture, and for a run that is not finished.
    """
    for name in (base, run):
        check_finished(name)
    theirs, own = (family(resolve(name, like=other)) for name, other in ((base, run), (run, like)))
    if theirs.title != own.title:
        raise InputError(
            f"{base} is a model of {theirs.title} and {run} is one of {own.title}; only weights of "
            "one architecture can be averaged"
        )
    drafts.clear(home)
    folder = drafts.draft(home / "models")
    try:
        folder.mkdir()
        first = convert(base, folder / "base", own.layouts[0], like=run)
        yield Pair(first, convert(run, folder / "run", own.layouts[0], like=like))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def averages(
    base: str, run: str, weights: Sequence[float], home: Path, *, like: str | None = None
) -> dict[str, str]:
    """The model of each weight, by the weight as text: `base` at 0, `run` at 1, folders between.

    Folders are `home`/models/WEIGHT; one that exists is used again, so `home` belongs to these two
    models. Arguments and errors as `pair`.
    """
    folders = {weight: home / "models" / f"{weight:g}" for weight in weights if 0 < weight < 1}
    left = {weight: folder for weight, folder in folders.items() if not folder.exists()}
    if left or not folders:  # without any to make, the two are compared all the same
        home.mkdir(parents=True, exist_ok=True)
        with pair(base, run, home, like) as models:
            for weight, folder in left.items():
                models.write(weight, folder)
    ends = {0.0: base, 1.0: run}
    return {f"{weight:g}": ends.get(weight) or str(folders[weight]) for weight in weights}


def check_finished(name: str) -> None:
    """Raises InputError for a model that is a run, or its export, and is not finished."""
    run = run_of(name)
    if run.record.is_file() and (status := run.read().status) != "done":
        raise InputError(f"run {run.path} is not finished (status {status}); finish it first")


def _weights(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name.endswith((".safetensors", ".safetensors.index.json"))]


def _check_same(first: Any, second: Any, key: str = "") -> None:
    """Raises InputError for the first key of two configurations that differs."""
    if isinstance(first, dict) and isinstance(second, dict):
        for name in sorted(first.keys() | second.keys()):
            if name not in _ASIDE:
                _check_same(first.get(name), second.get(name), f"{key}.{name}" if key else name)
    elif first != second:
        raise InputError(
            f"the two models differ in their config.json: {key} is {first!r:.40} in the base and "
            f"{second!r:.40} in the run; only weights of one architecture can be averaged"
        )


def _check_tokenizers(first: Path, second: Path) -> None:
    if _vocabulary(first) != _vocabulary(second):
        raise InputError(
            "the two models have different tokenizers: their output weights mean other tokens, and "
            "cannot be averaged"
        )


def _vocabulary(folder: Path) -> dict[str, int]:
    return tokenizer.load_tokenizer(folder).get_vocab(with_added_tokens=True)
