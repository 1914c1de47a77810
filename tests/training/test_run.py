"""One run: what its folder holds, that its seed is all there is to it, and what ends it early."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from tiny import LANGUAGES, METRICS, Tiny, tone

from plion.config import load
from plion.data.manifest import read_manifest
from plion.errors import InputError
from plion.evaluation.recognize import read_predictions
from plion.model import checkpoint
from plion.model.module import SpeechRecognizer
from plion.runs import RunFolder, sha256
from plion.studies.plans import mixture_plan
from plion.training import run
from plion.training.callbacks import ValidationScores


class Killed(BaseException):
    """Ends a process where it stands: nothing in the package catches it."""


def outcome(folder: RunFolder) -> dict[str, Any]:
    """All of a run that its seed decides, weights to the bit."""
    record = folder.read()
    kept = ("steps", "audio_hours_trained", "utterances", "supervised_tokens", "skipped_audio",
            "validation", "selected", "status")  # fmt: skip
    state = torch.load(folder.checkpoints / "last.ckpt", weights_only=True)["state_dict"]
    return {
        "weights": sha256(folder.export / "model.safetensors"),
        "float32": float(sum(weight.double().abs().sum() for weight in state.values())),
        "metrics": json.loads(folder.metrics.read_text()),
        "predictions": {key: folder.predictions(key).read_bytes() for key in LANGUAGES},
        **{name: record[name] for name in kept},
    }


def copied(tiny: Tiny, folder: Path) -> Tiny:
    """The corpora in a folder where they may be spoilt."""
    root = Path(shutil.copytree(tiny.root, folder / "corpora"))
    return Tiny(root, tiny.suite, tiny.model)


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
    assert finished.path.name == f"tiny-{finished.read()['hash']}"


def test_the_record_says_what_was_done_with_what(
    finished: RunFolder, tiny: Tiny, settings: tuple[str, ...]
) -> None:
    record = finished.read()
    planned = mixture_plan(tiny.experiment(finished.path.parent, *settings))
    assert record["status"] == "done" and record["seed"] == 0 and record["error"] is None
    assert record["steps"] == planned.plan.steps == 4
    assert record["utterances"] == planned.plan.totals.utterances
    assert record["audio_hours_trained"] == pytest.approx(planned.plan.totals.audio_hours)
    assert record["supervised_tokens"] == planned.plan.totals.supervised_tokens
    assert record["start"] <= record["end"] and record["versions"].keys() >= {"torch", "plion"}
    assert record["selected"] == {"kind": "last", "step": 4}
    assert record["cost"] == pytest.approx(record["train_seconds"])  # at a price of one a second
    assert record["model"]["name"] == str(tiny.model)


def test_the_record_names_the_manifests_by_content(finished: RunFolder, tiny: Tiny) -> None:
    manifests = [read_manifest(tiny.root / key / "train.jsonl") for key in LANGUAGES]
    assert finished.read()["manifests"] == [
        {"path": str(m.path), "sha256": m.sha256, "rows": 8, "hours": pytest.approx(m.hours)}
        for m in manifests
    ]


def test_metrics_are_scored_from_the_predictions_of_every_benchmark(finished: RunFolder) -> None:
    content = json.loads(finished.metrics.read_text())
    assert content["profile"] == "strict-1" and content["covered"] == list(LANGUAGES)
    for key, row in content["benchmarks"].items():
        said = list(read_predictions(finished.predictions(key)))
        assert (row["metric"], row["n_utterances"]) == (METRICS[key], len(said) == 4 and 4)
        assert row["errors"] == row["substitutions"] + row["deletions"] + row["insertions"]
        assert row["rate"] == pytest.approx(100 * row["errors"] / row["reference_length"])
    rates = [row["rate"] for row in content["benchmarks"].values()]
    assert content["macro_average"] == pytest.approx(sum(rates) / 3)


def test_training_changes_the_weights(finished: RunFolder, tiny: Tiny) -> None:
    before, after = (
        load_file(folder / "model.safetensors") for folder in (tiny.model, finished.export)
    )
    assert before.keys() == after.keys()
    assert not any(torch.equal(before[name], after[name]) for name in before)


def test_its_configuration_repeats_the_run_to_the_bit(finished: RunFolder, tmp_path: Path) -> None:
    exp = load(finished.config, [f"trainer.runs={tmp_path}"])
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


def test_a_finished_run_is_used_and_not_run_again(
    finished: RunFolder, tiny: Tiny, settings: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("a model was loaded")

    before = finished.record.read_bytes()
    monkeypatch.setattr(checkpoint, "load", never)
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
    spoilt = copied(tiny, tmp_path)
    for key in LANGUAGES:
        (spoilt.root / key / "test.jsonl").write_text("not a manifest")
    trained = spoilt.train(tmp_path / "runs", "evaluate.test=false")
    assert trained.done() and not (trained.path / "predictions").exists()


def dying(method: Callable[..., Any], call: int) -> Callable[..., Any]:
    """A method that dies when it is called for the n-th time."""
    calls = iter(range(call + 1))

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == call:
            raise Killed
        return method(*args, **kwargs)

    return wrapped


MOMENTS = {
    "before anything is saved": (SpeechRecognizer, "training_step", 1),
    "between two steps": (SpeechRecognizer, "training_step", 4),
    "within a step": (SpeechRecognizer, "training_step", 7),
    "in the first validation": (SpeechRecognizer, "validation_step", 0),
    "in the last validation": (SpeechRecognizer, "validation_step", 1),
    "before the weights are exported": (run, "_select", 0),
    "as the second test set is decoded": ("plion.training.testing", "recognize", 1),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_and_called_again_it_ends_as_if_nothing_had_been(
    moment: str, finished: RunFolder, tiny: Tiny, tmp_path: Path, settings: tuple[str, ...]
) -> None:
    owner, name, call = MOMENTS[moment]
    owner = sys.modules[owner] if isinstance(owner, str) else owner
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(owner, name, dying(getattr(owner, name), call))
        tiny.train(tmp_path, *settings)
    (folder,) = tmp_path.iterdir()
    assert RunFolder(folder).read()["status"] == "running"
    assert outcome(tiny.train(tmp_path, *settings)) == outcome(finished)


def test_it_goes_on_at_its_last_checkpoint(
    tiny: Tiny, tmp_path: Path, settings: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(
            SpeechRecognizer, "training_step", dying(SpeechRecognizer.training_step, 5)
        )
        tiny.train(tmp_path, *settings, "evaluate.test=false")
    trained, step = [], SpeechRecognizer.training_step

    def watched(self: SpeechRecognizer, batch: Any, number: int) -> Any:
        trained.append(number)
        return step(self, batch, number)

    monkeypatch.setattr(SpeechRecognizer, "training_step", watched)
    tiny.train(tmp_path, *settings, "evaluate.test=false")
    assert trained == [4, 5, 6, 7]  # the batches of steps 3 and 4


def test_a_process_that_is_gone_at_once_leaves_what_the_next_one_needs(
    finished: RunFolder, tiny: Tiny, tmp_path: Path, settings: tuple[str, ...]
) -> None:
    config = tmp_path / "tiny.yaml"
    shutil.copyfile(finished.config, config)
    runs = f"trainer.runs={tmp_path / 'runs'}"
    program = f"""
import itertools, os, sys
from plion.cli import main
from plion.model.module import SpeechRecognizer
step, batches = SpeechRecognizer.training_step, itertools.count()
def training_step(self, batch, number):
    if next(batches) == 5:
        os._exit(9)
    return step(self, batch, number)
SpeechRecognizer.training_step = training_step
sys.exit(main(["train", {str(config)!r}, {runs!r}]))
"""
    gone = subprocess.run([sys.executable, "-c", program], capture_output=True)
    assert gone.returncode == 9, gone.stderr.decode()
    again = RunFolder(run.train(mixture_plan(load(config, [runs]))))
    assert outcome(again) == outcome(finished)


def without_audio(tiny: Tiny, folder: Path, split: str) -> tuple[Tiny, str]:
    """Corpora in which one utterance has text for audio, and its id."""
    spoilt = copied(tiny, folder)
    one = read_manifest(spoilt.root / "aishell1" / f"{split}.jsonl")[2]
    Path(one.audio).write_text("not audio")
    return spoilt, one.id


# Every utterance twice or more.
LONG = ("hold.amount=48", "hold.quantity=utterances", "evaluate.test=false")


def test_bad_audio_fails_the_run_by_name(tiny: Tiny, tmp_path: Path) -> None:
    spoilt, name = without_audio(tiny, tmp_path, "train")
    with pytest.raises(InputError, match=f"utterance {name}: audio .*{name}.wav cannot"):
        spoilt.train(tmp_path / "runs", *LONG)
    (folder,) = (tmp_path / "runs").iterdir()
    record = RunFolder(folder).read()
    assert record["status"] == "failed" and name in record["error"]


def test_a_failed_run_is_finished_once_its_audio_is_mended(tiny: Tiny, tmp_path: Path) -> None:
    spoilt, name = without_audio(tiny, tmp_path, "train")
    with pytest.raises(InputError):
        spoilt.train(tmp_path / "runs", *LONG)
    one = read_manifest(spoilt.root / "aishell1" / "train.jsonl")[2]
    tone(Path(one.audio), one.duration)
    record = spoilt.train(tmp_path / "runs", *LONG).read()
    assert record["status"] == "done" and record["error"] is None


def test_skipped_audio_is_counted_and_named(tiny: Tiny, tmp_path: Path) -> None:
    spoilt, name = without_audio(tiny, tmp_path, "train")
    skip = (*LONG, "data.on_bad_audio=skip")
    planned = mixture_plan(spoilt.experiment(tmp_path, *skip)).plan.totals.utterances
    record = spoilt.train(tmp_path / "runs", *skip).read()
    assert set(record["skipped_audio"]) == {name}
    assert record["utterances"] == planned - len(record["skipped_audio"])


def test_bad_audio_in_validation_is_never_skipped(tiny: Tiny, tmp_path: Path) -> None:
    spoilt, name = without_audio(tiny, tmp_path, "valid")
    with pytest.raises(InputError, match=name):
        spoilt.train(tmp_path / "runs", "data.on_bad_audio=skip")


def test_validation_can_be_left_out(tiny: Tiny, tmp_path: Path) -> None:
    spoilt = copied(tiny, tmp_path)
    for key in LANGUAGES:
        (spoilt.root / key / "valid.jsonl").unlink()
    record = spoilt.train(tmp_path / "runs", "trainer.validations=0", "evaluate.test=false").read()
    assert record["status"] == "done" and record["validation"] == {}


def scripted(patch: pytest.MonkeyPatch, errors: Mapping[int, float]) -> None:
    """Lets the validation after each of these steps find this macro error."""
    ended = ValidationScores.on_validation_epoch_end

    def on_validation_epoch_end(self: ValidationScores, trainer: Any, module: Any) -> None:
        error = errors[trainer.global_step]
        patch.setattr("plion.training.callbacks.macro_average", lambda rates: error)
        ended(self, trainer, module)

    patch.setattr(ValidationScores, "on_validation_epoch_end", on_validation_epoch_end)


BEST = ("trainer.select=best", "trainer.checkpoints=100", "evaluate.test=false")


@pytest.mark.parametrize(
    ("steps", "validations", "errors", "best"),
    [
        (4, 4, {1: 50, 2: 10, 3: 30, 4: 40}, 2),
        (4, 4, {1: 50, 2: 40, 3: 30, 4: 10}, 4),
        (4, 4, {1: 50, 2: 10, 3: 10, 4: 10}, 2),
        (5, 2, {2: 50, 4: 40, 5: 10}, 5),
        (5, 2, {2: 50, 4: 40, 5: 60}, 4),
    ],
)
def test_best_is_the_step_of_the_lowest_validation_error(
    steps: int,
    validations: int,
    errors: Mapping[int, float],
    best: int,
    tiny: Tiny,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scripted(monkeypatch, errors)
    settings = (*BEST, f"hold.amount={steps}", f"trainer.validations={validations}")
    folder = tiny.train(tmp_path, *settings)
    record = folder.read()
    assert record["selected"] == {"kind": "best", "step": best}
    assert (record["validation"]["step"], record["validation"]["macro_error"]) == (
        best, errors[best]
    )  # fmt: skip
    kept = torch.load(
        folder.checkpoints / ("last.ckpt" if best == steps else "best.ckpt"), weights_only=True
    )
    assert kept["global_step"] == best
    exported = load_file(folder.export / "model.safetensors")
    assert all(
        torch.equal(kept["state_dict"][f"model.{name}"].bfloat16(), weight)
        for name, weight in exported.items()
    )


def test_best_survives_a_death_in_the_only_validation(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, {4: 10})
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(SpeechRecognizer, "validation_step", dying(lambda: None, 0))
        tiny.train(tmp_path, *BEST)
    assert tiny.train(tmp_path, *BEST).read()["selected"] == {"kind": "best", "step": 4}


@pytest.mark.parametrize("batch", [2, 3])
def test_best_survives_a_death_after_it(
    batch: int, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, {2: 10, 4: 50})
    settings = (*BEST, "trainer.validations=2", "trainer.checkpoints=2")
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(
            SpeechRecognizer, "training_step", dying(SpeechRecognizer.training_step, batch)
        )
        tiny.train(tmp_path, *settings)
    assert tiny.train(tmp_path, *settings).read()["selected"]["step"] == 2


def test_best_without_validation_is_refused_before_anything_is_spent(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SpeechRecognizer, "training_step", dying(lambda: None, 0))
    with pytest.raises(InputError, match="trainer.select=best needs trainer.validations"):
        tiny.train(tmp_path, *BEST, "trainer.validations=0")


def test_batches_that_devices_cannot_share_are_refused(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="batch.per_step is 1, which 2 devices cannot share"):
        tiny.train(tmp_path, "trainer.devices=2")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is one")
def test_a_device_that_is_not_there_is_one_sentence(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="trainer.accelerator") as error:
        tiny.train(tmp_path, "trainer.accelerator=gpu")
    assert "\n" not in str(error.value)


def test_a_full_disk_leaves_what_was_decoded_and_the_rest_is_done_later(
    finished: RunFolder, tiny: Tiny, tmp_path: Path, settings: tuple[str, ...]
) -> None:
    replace = os.replace

    def full(source: Any, target: Any) -> None:
        if Path(target).name == "aishell1.jsonl":
            raise OSError(28, "No space left on device")
        replace(source, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.raises(InputError, match="no space left on the disk while writing"):
            tiny.train(tmp_path, *settings)
    (path,) = tmp_path.iterdir()
    folder = RunFolder(path)
    assert [p.name for p in (path / "predictions").iterdir()] == ["librispeech.jsonl"]
    first = folder.predictions("librispeech").stat().st_mtime_ns
    assert outcome(tiny.train(tmp_path, *settings)) == outcome(finished)
    assert folder.predictions("librispeech").stat().st_mtime_ns == first


def test_a_full_disk_leaves_the_last_checkpoint_whole(
    finished: RunFolder, tiny: Tiny, tmp_path: Path, settings: tuple[str, ...]
) -> None:
    save = torch.save
    saved = iter(range(10))

    def full(content: Any, file: Any) -> None:
        if next(saved) == 2:
            try:
                raise OSError(28, "No space left on device")
            except OSError:
                raise RuntimeError("unexpected pos 576 vs 534")  # noqa: B904, as torch does
        save(content, file)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "save", full)
        with pytest.raises(InputError, match="no space left on the disk while writing"):
            tiny.train(tmp_path, *settings)
    (path,) = tmp_path.iterdir()
    left = {p.name for p in (path / "checkpoints").iterdir()}
    assert left <= {"last.ckpt", "best.ckpt"} and "last.ckpt" in left
    assert outcome(tiny.train(tmp_path, *settings)) == outcome(finished)


def test_a_full_disk_while_exporting_is_one_sentence_too(
    finished: RunFolder, tiny: Tiny, tmp_path: Path, settings: tuple[str, ...]
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("transformers.modeling_utils.safe_save_file", full)
        with pytest.raises(InputError, match="no space left on the disk while writing"):
            tiny.train(tmp_path, *settings)
    assert outcome(tiny.train(tmp_path, *settings)) == outcome(finished)


def test_the_validation_of_the_record_is_that_of_its_last_step(finished: RunFolder) -> None:
    validation = finished.read()["validation"]
    assert validation["step"] == 4 and validation["benchmarks"].keys() == LANGUAGES.keys()
    rates = validation["benchmarks"].values()
    assert validation["macro_error"] == pytest.approx(sum(rates) / 3)


@pytest.mark.parametrize("precision", ["bf16-mixed", "bf16-true"])
def test_a_run_can_compute_in_another_precision(
    precision: str, tiny: Tiny, tmp_path: Path
) -> None:
    folder = tiny.train(tmp_path, f"trainer.precision={precision}")
    stored = load_file(folder.export / "model.safetensors")
    assert folder.done(tested=True) and all(torch.isfinite(w).all() for w in stored.values())
