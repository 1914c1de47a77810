"""Input files of an experiment: the manifests of its suite, and hashes over their content."""

import json
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Any

from plion.config.identity import evaluation_identity, fingerprint, fingerprint_by_seed, identity
from plion.config.languages import known_languages
from plion.config.schema import Experiment
from plion.data.audio.noise import sizes
from plion.data.manifest import Manifest, read_manifest
from plion.data.preparing.prepared import left_out_of
from plion.errors import InputError
from plion.models import identity as model
from plion.runs.values import DataFile
from plion.scoring.benchmarks import Benchmark, suite
from plion.system.files import sha256
from plion.text.language_file import as_rows
from plion.text.shipped import to_record

SPLITS = ("train", "valid", "test")


def suite_of(exp: Experiment) -> list[Benchmark]:
    """The benchmarks of an experiment's suite, with the rows of its languages."""
    return suite(exp.data.suite, known_languages(exp))


def english_names(exp: Experiment) -> dict[str, str]:
    """English names, by key, of languages that the base model has no name for.

    A run's tags use them. Empty if its tags name no language.
    """
    if exp.tag.train in ("none", "absent"):
        return {}
    rows = dict.fromkeys(row.spoken for row in suite_of(exp) if row.key not in exp.data.exclude)
    return {row.key: row.name for row in rows if row.model_name is None}


def unnamed_languages(exp: Experiment) -> list[str]:
    """A sentence for each language whose tag has its English name, for lack of the base's own."""
    return [
        f"the base model has no name for {name}; its language tag is '{name}'"
        for name in english_names(exp).values()
    ]


def manifest_path(exp: Experiment, benchmark: Benchmark, split: str) -> Path:
    """Path of the manifest of a benchmark's split; the suite's row gives that of the test set."""
    root = Path(exp.data.root)
    return root / (benchmark.manifest if split == "test" else f"{benchmark.key}/{split}.jsonl")


def split_manifest(exp: Experiment, benchmark: Benchmark, split: str) -> Manifest:
    """Reads the manifest of a benchmark's split and checks its datasets and languages.

    Raises InputError, naming the file, if it cannot be read, is empty, or has a row of another
    dataset or language than the suite says.
    """
    manifest = read_manifest(manifest_path(exp, benchmark, split), known_languages(exp))
    if not len(manifest):
        raise InputError(f"{manifest.path} has no utterance")
    own = (("dataset", benchmark.key), ("language", benchmark.language))
    for kind, row in manifest.kinds.items():
        for (field, expected), found in zip(own, kind, strict=True):
            if found != expected:
                raise InputError(
                    f"{manifest.path}: utterance '{manifest[row].id}' has {field} '{found}', but "
                    f"the suite says '{expected}'"
                )
    return manifest


def has_data(exp: Experiment) -> bool:
    """Whether any manifest of the suite exists."""
    return bool(_found(exp, SPLITS))


def hash8(exp: Experiment) -> str:
    """The 8-digit hash in the folder name of the run that trains this experiment.

    Covers the settings, the content of manifests and noise, and the base model's weights. Raises
    InputError if the suite, its data, its noise or the base model cannot be found.
    """
    return Hashes().training(exp)


def evaluation_hash8(exp: Experiment) -> str:
    """The 8-digit hash of a run that evaluates the model without training."""
    return Hashes().evaluation(exp)


def input_hashes(exp: Experiment, *, trains: bool) -> dict[str, str]:
    """Hashes of the files that a run depends on: of each manifest (`nsc/train`), and `base`.

    Raises InputError as `hash8`.
    """
    manifests = _manifests(exp, SPLITS if trains else ("test",))
    return {**manifests, "base": model.identity(exp.model.name, exp.model.like)}


class Hashes:
    """The hashes of many experiments: files, and settings that they share, are read once."""

    def __init__(self) -> None:
        self._by_seed: dict[tuple[int, ...], tuple[Experiment, Callable[[int], str]]] = {}
        self._read: dict[Hashable, Any] = {}

    def training(self, exp: Experiment) -> str:
        """The same as `hash8`."""
        # Experiments of an `Overlay` share the groups that are equal.
        shared = tuple(id(own) for name, own in vars(exp).items() if name not in ("name", "seed"))
        if shared not in self._by_seed:
            noise = exp.data.augment.noise
            folder = noise.folder if noise.wanted else ""
            settings = identity(exp)
            if folder:
                settings["noise"] = self._once(("noise", folder), lambda: sizes(folder))
            of_seed = fingerprint_by_seed(*self._content(exp, settings, SPLITS))
            self._by_seed[shared] = (exp, of_seed)  # kept, so that no other group gets its id
        return self._by_seed[shared][1](exp.seed)

    def evaluation(self, exp: Experiment) -> str:
        """The same as `evaluation_hash8`."""
        return fingerprint(*self._content(exp, evaluation_identity(exp), ("test",)))

    def _content(
        self, exp: Experiment, settings: Mapping[str, Any], splits: tuple[str, ...]
    ) -> tuple[dict[str, Any], dict[str, str], str]:
        """What a fingerprint is of: settings with the suite's rows, manifests, base model."""
        suite = (exp.data.suite, json.dumps(exp.languages))
        rows = self._once(("rows", *suite), lambda: _rows(exp))
        manifests = self._once(
            ("manifests", exp.data.root, splits, *suite), lambda: _manifests(exp, splits)
        )
        name, like = exp.model.name, exp.model.like
        weights = self._once(("model", name, like), lambda: model.identity(name, like))
        return {**settings, **rows}, manifests, weights

    def _once(self, key: Hashable, read: Callable[[], Any]) -> Any:
        if key not in self._read:
            self._read[key] = read()
        return self._read[key]


def contents(exp: Experiment) -> tuple[dict[str, str], str]:
    """The sha256 of each manifest by `aishell1/train`, and the identity of the base model."""
    return _manifests(exp, SPLITS), model.identity(exp.model.name, exp.model.like)


def _rows(exp: Experiment) -> dict[str, Any]:
    """The rows of the suite that count, not its name or its paths.

    Rows of languages count unless they are the paper's as shipped: runs of those languages keep
    the hash of earlier versions.
    """
    benchmarks = suite_of(exp)
    rows = [[row.key, row.language, row.metric] for row in benchmarks]
    languages = as_rows(to_record(row.spoken for row in benchmarks))
    return {"suite": rows, **({"languages": languages} if languages else {})}


def _manifests(exp: Experiment, splits: tuple[str, ...]) -> dict[str, str]:
    found = _found(exp, splits)
    if not found:
        raise InputError(
            f"{exp.data.root} has no manifest of suite '{exp.data.suite}'; "
            "set data.root to the folder of the prepared data"
        )
    return {name: sha256(path) for name, path in found.items()}


def _found(exp: Experiment, splits: tuple[str, ...]) -> dict[str, Path]:
    paths = {
        f"{benchmark.key}/{split}": manifest_path(exp, benchmark, split)
        for benchmark in suite_of(exp)
        for split in splits
    }
    return {name: path for name, path in paths.items() if path.is_file()}


def manifest_records(manifests: Mapping[str, Manifest]) -> dict[str, DataFile]:
    """The manifests as run.json records them, by `aishell1/train`."""
    return {
        name: DataFile(
            str(one.path), one.sha256, len(one), one.hours, left_out_of(one.path, one.sha256)
        )
        for name, one in manifests.items()
    }
