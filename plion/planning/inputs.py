"""What an experiment reads, by content: the manifests of its suite and its base model's weights."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plion.config.experiment import evaluation_identity, fingerprint, identity
from plion.config.schema import Experiment
from plion.data.audio.noise import sizes
from plion.data.manifest import Manifest, read_manifest
from plion.errors import InputError
from plion.models import locate as model
from plion.scoring.benchmarks import Benchmark, suite
from plion.system.files import sha256

SPLITS = ("train", "valid", "test")


def manifest_path(exp: Experiment, benchmark: Benchmark, split: str) -> Path:
    """Where the manifest of a benchmark's split lies; a suite may put its test set elsewhere."""
    root = Path(exp.data.root)
    return root / (benchmark.manifest if split == "test" else f"{benchmark.key}/{split}.jsonl")


def split_manifest(exp: Experiment, benchmark: Benchmark, split: str) -> Manifest:
    """The manifest of a benchmark's split, its rows being of that benchmark and its language.

    Raises InputError naming the file for one that cannot be read, that is empty, or that has a row
    of another dataset or language than the suite says.
    """
    manifest = read_manifest(manifest_path(exp, benchmark, split))
    if not len(manifest):
        raise InputError(f"{manifest.path} has no utterance")
    own = (("dataset", benchmark.key), ("language", benchmark.language))
    for kind, row in manifest.kinds.items():
        for (field, expected), found in zip(own, kind, strict=True):
            if found != expected:
                raise InputError(
                    f"{manifest.path}: utterance '{manifest[row].id}' has {field} '{found}' where "
                    f"the suite says '{expected}'"
                )
    return manifest


def has_data(exp: Experiment) -> bool:
    """Whether any manifest of the suite is there."""
    return bool(_found(exp, SPLITS))


def hash8(exp: Experiment) -> str:
    """The hash in the folder's name of the run that trains this experiment.

    Raises InputError where the suite, its data, its noise or the base model cannot be found.
    """
    noise = exp.data.augment.noise
    content = {"noise": sizes(noise.folder)} if noise.wanted else {}
    return _hash8(exp, {**identity(exp), **content}, SPLITS)


def evaluation_hash8(exp: Experiment) -> str:
    """The same for a run that evaluates the model as it is."""
    return _hash8(exp, evaluation_identity(exp), ("test",))


def _hash8(exp: Experiment, settings: Mapping[str, Any], splits: tuple[str, ...]) -> str:
    """A suite counts by its rows and not by its name; where they lie does not count either."""
    rows = [[row.key, row.language, row.metric] for row in suite(exp.data.suite)]
    manifests = _manifests(exp, splits)
    return fingerprint(
        {**settings, "suite": rows}, manifests, model.identity(exp.model.name, exp.model.like)
    )


def _manifests(exp: Experiment, splits: tuple[str, ...]) -> dict[str, str]:
    found = _found(exp, splits)
    if not found:
        raise InputError(
            f"no manifest of suite '{exp.data.suite}' lies under {exp.data.root}; "
            "set data.root to where its data was prepared"
        )
    return {name: sha256(path) for name, path in found.items()}


def _found(exp: Experiment, splits: tuple[str, ...]) -> dict[str, Path]:
    paths = {
        f"{benchmark.key}/{split}": manifest_path(exp, benchmark, split)
        for benchmark in suite(exp.data.suite)
        for split in splits
    }
    return {name: path for name, path in paths.items() if path.is_file()}


def described(manifests: Mapping[str, Manifest]) -> dict[str, dict[str, Any]]:
    """What run.json says of manifests, by name (`aishell1/train`)."""
    return {
        name: {
            "path": str(manifest.path),
            "sha256": manifest.sha256,
            "rows": len(manifest),
            "hours": manifest.hours,
        }
        for name, manifest in manifests.items()
    }
