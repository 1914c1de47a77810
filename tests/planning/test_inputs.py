"""The hash of a run follows the content of what it reads, wherever that lies."""

import shutil
from pathlib import Path

import pytest

from plion.config.experiment import load_experiment
from plion.config.schema import Experiment
from plion.data.manifest import write_manifest
from plion.errors import InputError
from plion.planning.inputs import evaluation_hash8, has_data, hash8, manifest_path, split_manifest
from plion.scoring.benchmarks import suite


@pytest.fixture
def exp(tmp_path: Path) -> Experiment:
    """An experiment on one corpus and a model folder of its own."""
    (tmp_path / "model").mkdir()
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (tmp_path / "model" / name).write_text("{}")
    (tmp_path / "data" / "nsc").mkdir(parents=True)
    for split in ("train", "valid", "test"):
        (tmp_path / "data" / "nsc" / f"{split}.jsonl").write_text(split)
    (tmp_path / "suite.yaml").write_text(
        "- {key: nsc, language: en, metric: wer, manifest: nsc/test.jsonl}\n"
    )
    (tmp_path / "exp.yaml").write_text(
        f"model: {{name: {tmp_path}/model}}\n"
        f"data: {{root: {tmp_path}/data, suite: {tmp_path}/suite.yaml}}\n"
    )
    return load_experiment(tmp_path / "exp.yaml")


def test_data_and_model_may_be_moved(exp: Experiment, tmp_path: Path) -> None:
    before = hash8(exp)
    shutil.move(tmp_path / "data", tmp_path / "elsewhere")
    shutil.move(tmp_path / "model", tmp_path / "other")
    exp.data.root, exp.model.name = str(tmp_path / "elsewhere"), str(tmp_path / "other")
    assert hash8(exp) == before


@pytest.mark.parametrize("split", ["train", "valid", "test"])
def test_another_line_in_any_manifest_is_another_run(exp: Experiment, split: str) -> None:
    before = hash8(exp)
    (Path(exp.data.root) / "nsc" / f"{split}.jsonl").write_text("changed")
    assert hash8(exp) != before


def test_an_evaluation_depends_on_its_test_set_alone(exp: Experiment) -> None:
    before = evaluation_hash8(exp)
    (Path(exp.data.root) / "nsc" / "train.jsonl").write_text("changed")
    assert evaluation_hash8(exp) == before
    (Path(exp.data.root) / "nsc" / "test.jsonl").write_text("changed")
    assert evaluation_hash8(exp) != before


def test_training_and_evaluating_are_different_runs(exp: Experiment) -> None:
    assert hash8(exp) != evaluation_hash8(exp)


def test_a_data_root_without_the_suite_is_named(exp: Experiment) -> None:
    assert has_data(exp)
    exp.data.root = "nowhere"
    assert not has_data(exp)
    with pytest.raises(InputError, match="nowhere has no manifest of suite .*; set data.root"):
        hash8(exp)


def test_a_suite_may_keep_its_test_sets_elsewhere(exp: Experiment) -> None:
    path = Path(exp.data.suite)
    path.write_text("- {key: nsc, language: en, metric: wer, manifest: other/part.jsonl}\n")
    (benchmark,) = suite(exp.data.suite)
    root = Path(exp.data.root)
    assert manifest_path(exp, benchmark, "test") == root / "other" / "part.jsonl"
    assert manifest_path(exp, benchmark, "valid") == root / "nsc" / "valid.jsonl"


SUITE = "- {key: nsc, language: en, metric: wer, manifest: nsc/test.jsonl}\n"


def test_a_suite_may_be_called_otherwise(exp: Experiment, tmp_path: Path) -> None:
    before = hash8(exp), evaluation_hash8(exp)
    exp.data.suite = shutil.copy(exp.data.suite, tmp_path / "other.yaml")
    assert (hash8(exp), evaluation_hash8(exp)) == before


@pytest.mark.parametrize(("old", "new"), [("wer", "cer"), ("en", "ms")])
def test_another_metric_or_language_is_another_run(exp: Experiment, old: str, new: str) -> None:
    before = hash8(exp), evaluation_hash8(exp)
    Path(exp.data.suite).write_text(SUITE.replace(f": {old},", f": {new},"))
    assert hash8(exp) != before[0] and evaluation_hash8(exp) != before[1]


def test_another_order_of_the_benchmarks_is_another_run(exp: Experiment) -> None:
    rows = [SUITE, SUITE.replace("nsc", "slr65")]
    Path(exp.data.suite).write_text("".join(rows))
    before = hash8(exp)
    Path(exp.data.suite).write_text("".join(reversed(rows)))
    assert hash8(exp) != before


def write_split(exp: Experiment, split: str, **changed: str) -> None:
    """A manifest of two utterances, the second with other fields."""
    row = {"id": "a", "audio": "a.wav", "text": "a", "language": "en", "dataset": "nsc",
           "duration": 1.0}  # fmt: skip
    write_manifest(
        Path(exp.data.root) / "nsc" / f"{split}.jsonl", [row, row | {"id": "b"} | changed]
    )


@pytest.mark.parametrize("split", ["train", "valid", "test"])
def test_a_split_has_the_rows_of_its_manifest(exp: Experiment, split: str) -> None:
    write_split(exp, split)
    (row,) = suite(exp.data.suite)
    assert [utterance.id for utterance in split_manifest(exp, row, split)] == ["a", "b"]


@pytest.mark.parametrize(
    ("field", "found", "expected"), [("dataset", "slr65", "nsc"), ("language", "ms", "en")]
)
def test_a_row_of_another_benchmark_is_named(
    exp: Experiment, field: str, found: str, expected: str
) -> None:
    write_split(exp, "valid", **{field: found})
    (row,) = suite(exp.data.suite)
    with pytest.raises(InputError) as error:
        split_manifest(exp, row, "valid")
    assert f"valid.jsonl: utterance 'b' has {field} '{found}'" in str(error.value)
    assert f"says '{expected}'" in str(error.value)


def test_an_empty_manifest_is_named(exp: Experiment) -> None:
    (Path(exp.data.root) / "nsc" / "test.jsonl").write_text("")
    (row,) = suite(exp.data.suite)
    with pytest.raises(InputError, match=r"nsc/test\.jsonl has no utterance"):
        split_manifest(exp, row, "test")


def with_noise(exp: Experiment, folder: Path) -> Experiment:
    folder.mkdir(exist_ok=True)
    (folder / "a.wav").write_bytes(b"noise")
    exp.data.augment.noise.folder = str(folder)
    return exp


def test_noise_counts_by_its_names_and_sizes(exp: Experiment, tmp_path: Path) -> None:
    hashes = [hash8(exp), hash8(with_noise(exp, tmp_path / "noise"))]
    (tmp_path / "noise" / "a.wav").write_bytes(b"more noise")
    hashes.append(hash8(exp))
    (tmp_path / "noise" / "a.wav").rename(tmp_path / "noise" / "b.wav")
    assert len({*hashes, hash8(exp)}) == 4


def test_noise_may_be_moved(exp: Experiment, tmp_path: Path) -> None:
    before = hash8(with_noise(exp, tmp_path / "noise"))
    assert hash8(with_noise(exp, tmp_path / "elsewhere")) == before


def test_an_evaluation_does_not_depend_on_noise(exp: Experiment) -> None:
    before = evaluation_hash8(exp)
    exp.data.augment.noise.folder = "nowhere"
    assert evaluation_hash8(exp) == before
