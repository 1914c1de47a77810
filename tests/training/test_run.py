"""One run: what its folder holds, and that its configuration is all there is to it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from endings import outcome
from safetensors.torch import load_file
from tiny import LANGUAGES, METRICS, SIZES, Tiny

from plion.config.experiment import load_experiment
from plion.data.manifest import read_manifest
from plion.errors import InputError
from plion.models.qwen3_asr.protocol import loaded
from plion.planning.planned_run import mixture_plan
from plion.runs.folder import RunFolder
from plion.runs.values import DataFile, Selected
from plion.scoring.predictions import read_predictions
from plion.system.files import sha256
from plion.training import run

FAMILIES = ("qwen3_asr", "whisper")
# Weights that are no model's to learn: of Whisper's encoder, the positions are sinusoids.
GIVEN = {"qwen3_asr": set[str](), "whisper": {"model.encoder.embed_positions.weight"}}


def test_the_folder_holds_what_is_promised(finished: RunFolder) -> None:
    files = {str(path.relative_to(finished.path)) for path in finished.path.rglob("*")}
    assert {
        "config.yaml", "run.json", "metrics.json", "checkpoints/last.ckpt",
        "checkpoints/best.ckpt", "checkpoints/export/config.json",
        "checkpoints/export/model.safetensors", "checkpoints/export/tokenizer.json",
        "checkpoints/export/processor_config.json", "checkpoints/export/chat_template.jinja",
        "checkpoints/export/generation_config.json",
        *(f"predictions/{key}.jsonl" for key in LANGUAGES),
    } <= files  # fmt: skip
    assert any(name.startswith("events.out.") for name in files)
    assert finished.path.name == f"tiny-{finished.read().hash}"


@pytest.mark.parametrize("family", FAMILIES)
def test_the_record_says_what_was_done_with_what(
    family: str, of_family: Callable[[str], tuple[Tiny, RunFolder]], settings: tuple[str, ...]
) -> None:
    model, run = of_family(family)
    record = run.read()
    planned = mixture_plan(model.experiment(run.path.parent, *settings))
    assert record.status == "done" and record.seed == 0 and record.error is None
    assert record.steps == planned.plan.steps == 4
    assert record.utterances == planned.plan.totals.utterances
    assert record.audio_hours_trained == pytest.approx(planned.plan.totals.audio_hours)
    assert record.supervised_tokens == planned.plan.totals.supervised_tokens
    assert record.start <= record.end and record.versions.keys() >= {"torch", "plion"}
    assert record.selected == Selected("last", 4)
    assert record.cost == pytest.approx(record.train_seconds)  # at a price of one a second
    assert record.model.name == str(model.model)
    assert record.parameters >= record.trained_parameters > 0


def test_the_record_names_the_manifests_by_content(finished: RunFolder, tiny: Tiny) -> None:
    named = {
        f"{key}/{split}": read_manifest(tiny.root / key / f"{split}.jsonl")
        for key in LANGUAGES
        for split in SIZES
    }
    assert finished.read().manifests == {
        name: DataFile(
            str(manifest.path), manifest.sha256, len(manifest), pytest.approx(manifest.hours)
        )
        for name, manifest in named.items()
    }


def test_the_validation_of_the_record_is_that_of_its_last_step(finished: RunFolder) -> None:
    validation = finished.read().validation
    assert validation["step"] == 4 and validation["benchmarks"].keys() == LANGUAGES.keys()
    rates = validation["benchmarks"].values()
    assert validation["macro_error"] == pytest.approx(sum(rates) / 3)


@pytest.mark.parametrize("family", FAMILIES)
def test_metrics_are_scored_from_the_predictions_of_every_benchmark(
    family: str, of_family: Callable[[str], tuple[Tiny, RunFolder]]
) -> None:
    _, finished = of_family(family)
    content = json.loads(finished.metrics.read_text())
    assert content["profile"] == "strict-3" and content["covered"] == list(LANGUAGES)
    for key, row in content["benchmarks"].items():
        said = list(read_predictions(finished.predictions(key)))
        assert (row["metric"], row["n_utterances"]) == (METRICS[key], len(said) == 4 and 4)
        assert row["errors"] == row["substitutions"] + row["deletions"] + row["insertions"]
        assert row["rate"] == pytest.approx(100 * row["errors"] / row["reference_length"])
    rates = [row["rate"] for row in content["benchmarks"].values()]
    assert content["macro_average"] == pytest.approx(sum(rates) / 3)


@pytest.mark.parametrize("family", FAMILIES)
def test_training_changes_the_weights(
    family: str, of_family: Callable[[str], tuple[Tiny, RunFolder]]
) -> None:
    model, run = of_family(family)
    before, after = (load_file(one / "model.safetensors") for one in (model.model, run.export))
    assert before.keys() == after.keys()
    kept = {name for name in before if torch.equal(before[name], after[name])}
    assert kept == GIVEN[family]


def test_its_configuration_repeats_the_run_to_the_bit(finished: RunFolder, tmp_path: Path) -> None:
    exp = load_experiment(finished.config, [f"trainer.runs={tmp_path}"])
    again = RunFolder(run.train(mixture_plan(exp)))
    assert again.path.name == finished.path.name
    assert outcome(again) == outcome(finished)


def test_another_seed_gives_other_weights(
    finished: RunFolder, tiny: Tiny, tmp_path: Path, settings: tuple[str, ...]
) -> None:
    other = tiny.train(tmp_path, *settings, "seed=1", "evaluate.test=false")
    assert sha256(other.export / "model.safetensors") != sha256(
        finished.export / "model.safetensors"
    )


def test_processes_of_the_loader_change_nothing(
    finished: RunFolder, tiny: Tiny, tmp_path: Path, settings: tuple[str, ...]
) -> None:
    again = tiny.train(tmp_path, *settings, "trainer.workers=2")
    assert again.path.name == finished.path.name and outcome(again) == outcome(finished)


def test_a_finished_run_is_used_and_not_run_again(
    finished: RunFolder, tiny: Tiny, settings: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("a model was loaded")

    before = finished.record.read_bytes()
    monkeypatch.setattr(loaded, "load_checkpoint", never)
    assert tiny.train(finished.path.parent, *settings) == finished
    assert finished.record.read_bytes() == before


def test_a_run_trained_without_its_test_sets_is_tested_when_asked(
    finished: RunFolder, tiny: Tiny, tmp_path: Path, settings: tuple[str, ...]
) -> None:
    trained = tiny.train(tmp_path, *settings, "evaluate.test=false")
    assert not trained.metrics.exists() and trained.done()
    weights = trained.export / "model.safetensors"
    changed = weights.stat().st_mtime_ns
    assert tiny.train(tmp_path, *settings) == trained
    assert weights.stat().st_mtime_ns == changed
    assert outcome(trained) == outcome(finished)


def test_the_folder_of_another_configuration_is_refused(
    finished: RunFolder, tiny: Tiny, tmp_path: Path, settings: tuple[str, ...]
) -> None:
    RunFolder(tmp_path / finished.path.name).path.mkdir()
    RunFolder(tmp_path / finished.path.name).write(hash="00000000", status="done")
    with pytest.raises(InputError, match="belongs to another configuration"):
        tiny.train(tmp_path, *settings)


def test_training_never_looks_into_a_test_set(tiny: Tiny, tmp_path: Path) -> None:
    spoilt = tiny.copy(tmp_path)
    for key in LANGUAGES:
        (spoilt.root / key / "test.jsonl").write_text("not a manifest")
    trained = spoilt.train(tmp_path / "runs", "evaluate.test=false")
    assert trained.done() and not (trained.path / "predictions").exists()


def test_validation_can_be_left_out(tiny: Tiny, tmp_path: Path) -> None:
    spoilt = tiny.copy(tmp_path)
    for key in LANGUAGES:
        (spoilt.root / key / "valid.jsonl").unlink()
    record = spoilt.train(tmp_path / "runs", "trainer.validations=0", "evaluate.test=false").read()
    assert record.status == "done" and record.validation == {}


@pytest.mark.parametrize("precision", ["bf16-mixed", "bf16-true"])
def test_a_run_can_compute_in_another_precision(precision: str, tiny: Tiny, tmp_path: Path) -> None:
    folder = tiny.train(tmp_path, f"trainer.precision={precision}")
    stored = load_file(folder.export / "model.safetensors")
    assert folder.done(tested=True) and all(torch.isfinite(w).all() for w in stored.values())


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is one")
def test_a_device_that_is_not_there_is_one_sentence(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="trainer.accelerator") as error:
        tiny.train(tmp_path, "trainer.accelerator=gpu")
    assert "\n" not in str(error.value)
