"""Input files of an experiment: the manifests of its suite, and hashes over their content."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plion.config.identity import evaluation_identity, fingerprint, identity
from plion.config.schema import Experiment
from plion.data.audio.noise import sizes
from plion.data.manifest import Manifest, read_manifest
from plion.errors import InputError
from plion.models import locate as model
from plion.runs.record import DataFile
from plion.scoring.benchmarks import Benchmark, suite
from plion.system.files import sha256

SPLITS = ("train", "valid", "test")


def manifest_path(exp: Experiment, benchmark: Benchmark, split: str) -> Path:
    """Path of the manifest of a benchmark's split; the suite's row gives that of the test set."""
    root = Path(exp.data.root)
    return root / (benchmark.manifest if split == "test" else f"{benchmark.key}/{split}.jsonl")


def split_manifest(exp: Experiment, benchmark: Benchmark, split: str) -> Manifest:
    """Reads the manifest of a benchmark's split and checks its datasets and languages.

    Raises InputError, naming the file, if it cannot be read, is empty, or has a row of another
    dataset or language than the suite says.
    """
    manifest = read_manifest(manifest_path(exp, benchmark, split))
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
    """Hashes the rows of the suite, not its name or its paths."""
    rows = [[row.key, row.language, row.metric] for row in suite(exp.data.suite)]
    manifests = _manifests(exp, splits)
    return fingerprint(
        {**settings, "suite": rows}, manifests, model.identity(exp.model.name, exp.model.like)
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
        for benchmark in suite(exp.data.suite)
        for split in splits
    }
    return {name: path for name, path in paths.items() if path.is_file()}


def manifest_records(manifests: Mapping[str, Manifest]) -> dict[str, DataFile]:
    """The manifests as run.json records them: path, sha256, rows, hours by `aishell1/train`."""
    return {
        name: DataFile(str(manifest.path), manifest.sha256, len(manifest), manifest.hours)
        for name, manifest in manifests.items()
    }
