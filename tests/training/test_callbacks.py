"""What TensorBoard is told of a run, and what a validation comes to."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
from tiny import LANGUAGES, METRICS, Tiny

from plion.evaluation.benchmarks import suite
from plion.evaluation.scoring import count
from plion.model import checkpoint
from plion.model.loading import decoding_loader
from plion.model.module import SpeechRecognizer
from plion.planning.plans import mixture_plan
from plion.runs import RunFolder
from plion.training.callbacks import ValidationScores

UNITS = ("utterances", "hours", "supervised_tokens")


@pytest.fixture(scope="module")
def board(finished: RunFolder) -> EventAccumulator:
    events = EventAccumulator(str(finished.path), size_guidance={"scalars": 0, "tensors": 0})
    return events.Reload()


def last(board: EventAccumulator, tag: str) -> float:
    return float(board.Scalars(tag)[-1].value)


def test_every_scalar_of_a_run_is_there(board: EventAccumulator) -> None:
    assert {
        "train/loss", "train/loss_text", "train/loss_prefix", "train/audio_hours",
        "train/audio_seconds_per_second", "train/padding", "lr-AdamW/pg1",
        *(f"share_{unit}/{key}" for unit in UNITS for key in ("en", "zh", "ta", "ms")),
        "valid/loss", "valid/loss_text", "valid/macro_error",
        *(f"valid_error/{key}" for key in LANGUAGES),
        "test/macro_error", *(f"test_error/{key}" for key in LANGUAGES),
    } <= set(board.Tags()["scalars"])  # fmt: skip


def test_the_loss_is_there_for_every_step(board: EventAccumulator) -> None:
    assert [event.step for event in board.Scalars("train/loss")] == [0, 1, 2, 3]


def test_the_learning_rate_is_the_planned_one(
    board: EventAccumulator, finished: RunFolder, tiny: Tiny, settings: tuple[str, ...]
) -> None:
    exp = tiny.experiment(finished.path, *settings)
    fractions = mixture_plan(exp).plan.fractions
    middles = (fractions[:-1] + fractions[1:]) / 2
    expected = exp.optim.lr * (1 - (middles - exp.optim.warmup) / (1 - exp.optim.warmup))
    found = {event.step: event.value for event in board.Scalars("lr-AdamW/pg1")}
    assert list(found.values()) == pytest.approx(expected.tolist())


@pytest.mark.parametrize("unit", UNITS)
def test_shares_of_languages_sum_to_one(unit: str, board: EventAccumulator) -> None:
    shares = [last(board, f"share_{unit}/{key}") for key in ("en", "zh", "ta", "ms")]
    assert sum(shares) == pytest.approx(1) and shares[3] == 0 < min(shares[:3])


def test_shares_are_those_of_what_was_planned(
    board: EventAccumulator, finished: RunFolder, tiny: Tiny, settings: tuple[str, ...]
) -> None:
    planned = mixture_plan(tiny.experiment(finished.path, *settings))
    drawn = [planned.utterances[int(number)] for number in planned.plan.numbers]
    seconds = {key: sum(u.duration for u in drawn if u.language == key) for key in ("en", "zh")}
    total = sum(one.duration for one in drawn)
    for key, own in seconds.items():
        assert last(board, f"share_hours/{key}") == pytest.approx(own / total)
        part = sum(one.language == key for one in drawn) / len(drawn)
        assert last(board, f"share_utterances/{key}") == pytest.approx(part)


def test_hours_and_padding_are_those_of_the_plan(
    board: EventAccumulator, finished: RunFolder, tiny: Tiny, settings: tuple[str, ...]
) -> None:
    plan = mixture_plan(tiny.experiment(finished.path, *settings)).plan
    assert last(board, "train/audio_hours") == pytest.approx(plan.totals.audio_hours)
    steps = plan.padded.reshape(plan.steps, -1).sum(axis=1)
    padding = np.array([event.value for event in board.Scalars("train/padding")])
    assert float((padding * steps).sum() / steps.sum()) == pytest.approx(plan.totals.padding)


def padding(folder: RunFolder) -> dict[int, float]:
    events = EventAccumulator(str(folder.path), size_guidance={"scalars": 0}).Reload()
    return {event.step: event.value for event in events.Scalars("train/padding")}


def test_a_run_stopped_between_two_reports_reports_the_same(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = ("trainer.log_every=2", "trainer.checkpoints=4", "evaluate.test=false")
    whole = tiny.train(tmp_path / "whole", *settings)
    step = SpeechRecognizer.training_step

    def stop(self: SpeechRecognizer, batch: Any, number: int) -> Any:
        if number == 3:
            raise KeyboardInterrupt
        return step(self, batch, number)

    monkeypatch.setattr(SpeechRecognizer, "training_step", stop)
    with pytest.raises(KeyboardInterrupt):
        tiny.train(tmp_path / "stopped", *settings)
    monkeypatch.undo()
    assert padding(tiny.train(tmp_path / "stopped", *settings)) == padding(whole)


def test_validation_and_test_errors_are_those_of_the_record(
    board: EventAccumulator, finished: RunFolder
) -> None:
    validation = finished.read()["validation"]
    assert len(board.Scalars("valid/macro_error")) == 2
    assert last(board, "valid/macro_error") == pytest.approx(validation["macro_error"])
    for key in LANGUAGES:
        assert last(board, f"valid_error/{key}") == pytest.approx(validation["benchmarks"][key])


def test_references_stand_beside_hypotheses_as_text(board: EventAccumulator, tiny: Tiny) -> None:
    shown = board.Tensors("transcripts/text_summary")[-1].tensor_proto.string_val[0].decode()
    for key in LANGUAGES:
        first = next(iter(tiny.utterances("valid", [key])))
        assert f"| {key} | {first.text} |" in shown


def test_hyper_parameters_stand_with_the_final_errors(board: EventAccumulator) -> None:
    sessions = {
        name: HParamsPluginData.FromString(content)
        for name, content in board.PluginTagToContent("hparams").items()
    }
    given = sessions["_hparams_/session_start_info"].session_start_info.hparams
    assert given["sampler.name"].string_value == "proportional"
    assert given["optim.lr"].number_value == 1e-3
    metrics = sessions["_hparams_/experiment"].experiment.metric_infos
    assert {metric.name.tag for metric in metrics} == {
        "test/macro_error", *(f"test_error/{key}" for key in LANGUAGES)
    }  # fmt: skip


class Stage:
    """What a callback needs of a trainer."""

    def __init__(self, step: int) -> None:
        self.global_step = step
        self.loggers: list[Any] = []


def test_a_validation_is_scored_as_a_test_set_is(tiny: Tiny) -> None:
    exp = tiny.experiment(Path("runs"), "evaluate.utterances=5")
    loaded = checkpoint.load(str(tiny.model))
    module = SpeechRecognizer(loaded.model, loaded.prompter, exp, [0.5]).eval()
    logged: dict[str, float] = {}
    module.log_dict = lambda figures, **_: logged.update(figures)  # type: ignore[method-assign]
    scores, stage = ValidationScores(suite(str(tiny.suite)), "strict"), Stage(step=7)
    utterances = tiny.utterances("valid")
    said: dict[str, str] = {}
    losses = torch.zeros(2)
    scores.on_validation_epoch_start(stage, module)  # type: ignore[arg-type]
    for number, batch in enumerate(decoding_loader(utterances, loaded, exp, loss=True)):
        with torch.no_grad():
            outputs = module.validation_step(batch, number)
        scores.on_validation_batch_end(stage, module, outputs, batch, number)  # type: ignore[arg-type]
        said |= dict(zip((u.id for u in batch.utterances), outputs["said"], strict=True))
        losses += torch.stack([outputs["sums"].loss, outputs["sums"].units])
    scores.on_validation_epoch_end(stage, module)  # type: ignore[arg-type]
    for key, language in LANGUAGES.items():
        own = tiny.utterances("valid", [key])
        texts = [said[one.id].partition("<asr_text>")[2] or said[one.id] for one in own]
        counts = count([one.text for one in own], texts, language, METRICS[key]).pooled()  # type: ignore[arg-type]
        assert logged[f"valid_error/{key}"] == pytest.approx(counts.rate)
    assert logged["valid/loss"] == pytest.approx(float(losses[0] / losses[1]))
    assert scores.latest["step"] == 7
