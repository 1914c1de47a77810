"""Input files of an experiment: the manifests of its suite, and hashes over their content."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plion.config.identity import evaluation_identity, fingerprint, identity
from plion.config.languages import known_languages
from plion.config.schema import Experiment
from plion.data.audio.noise import sizes
from plion.data.manifest import Manifest, read_manifest
from plion.errors import InputError
from plion.models import identity as model
from plion.runs.record import DataFile
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
    noise = exp.data.augment.noise
    content = {"noise": sizes(noise.folder)} if noise.wanted else {}
    return _hash8(exp, {**identity(exp), **content}, SPLITS)


def evaluation_hash8(exp: Experiment) -> str:
    """The 8-digit hash of a run that evaluates the model without training."""
    return _hash8(exp, evaluation_identity(exp), ("test",))


def _hash8(exp: Experiment, settings: Mapping[str, Any], splits: tuple[str, ...]) -> str:
    """Hashes the rows of the suite, not its name or its paths.

    Rows of languages are hashed unless they are the paper's as shipped: runs of those languages
    keep the hash of earlier versions.
    """
    benchmarks = suite_of(exp)
    rows = [[row.key, row.language, row.metric] for row in benchmarks]
    languages = as_rows(to_record(row.spoken for row in benchmarks))
    content = {"suite": rows, **({"languages": languages} if languages else {})}
    manifests = _manifests(exp, splits)
    return fingerprint(
        {**settings, **content}, manifests, model.identity(exp.model.name, exp.model.like)
    )


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
    """The manifests as run.json records them: path, sha256, rows, hours by `aishell1/train`."""
    return {
        name: DataFile(str(manifest.path), manifest.sha256, len(manifest), manifest.hours)
        for name, manifest in manifests.items()
    }
