"""The hash of a run follows the content of what it reads, wherever that lies."""

import shutil
from pathlib import Path

import pytest

from plion.config import Experiment, load
from plion.errors import InputError
from plion.evaluation.benchmarks import suite
from plion.inputs import evaluation_hash8, has_data, hash8, manifest_path


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
    return load(tmp_path / "exp.yaml")


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
    with pytest.raises(InputError, match="lies under nowhere; set data.root"):
        hash8(exp)


def test_a_suite_may_keep_its_test_sets_elsewhere(exp: Experiment) -> None:
    path = Path(exp.data.suite)
    path.write_text("- {key: nsc, language: en, metric: wer, manifest: other/part.jsonl}\n")
    (benchmark,) = suite(exp.data.suite)
    root = Path(exp.data.root)
    assert manifest_path(exp, benchmark, "test") == root / "other" / "part.jsonl"
    assert manifest_path(exp, benchmark, "valid") == root / "nsc" / "valid.jsonl"
