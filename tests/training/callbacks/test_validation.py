"""What a validation comes to, in TensorBoard and in the record, and the probe beside it."""

from pathlib import Path
from typing import Any

import pytest
import torch
from collated import decode_batches
from endings import outcome
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
from tiny import LANGUAGES, METRICS, Tiny

from plion.models.qwen3_asr.files.checkpoint import load_checkpoint
from plion.models.qwen3_asr.protocol.loaded import LoadedQwen
from plion.planning.planned_run import mixture_plan
from plion.runs.folder import RunFolder
from plion.scoring.benchmarks import suite
from plion.scoring.counts import count
from plion.text.shipped import SHIPPED
from plion.training.callbacks.validation import ValidationScores
from plion.training.probe import probe
from plion.training.step.module import SpeechRecognizer


def last(board: EventAccumulator, tag: str) -> float:
    return float(board.Scalars(tag)[-1].value)


def test_validation_and_test_errors_are_those_of_the_record(
    board: EventAccumulator, finished: RunFolder
) -> None:
    validation = finished.read().validation
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
    loaded = load_checkpoint(str(tiny.model))
    module = SpeechRecognizer(LoadedQwen(loaded, "sdpa", "8s"), exp, [0.5]).eval()
    logged: dict[str, float] = {}
    module.log_dict = lambda figures, **_: logged.update(figures)  # type: ignore[method-assign]
    scores, stage = ValidationScores(suite(str(tiny.suite)), "strict"), Stage(step=7)
    utterances = tiny.utterances("valid")
    said: dict[str, str] = {}
    losses = torch.zeros(2)
    scores.on_validation_epoch_start(stage, module)  # type: ignore[arg-type]
    for number, batch in enumerate(decode_batches(utterances, loaded, exp, loss=True)):
        with torch.no_grad():
            outputs = module.validation_step(batch, number)
        scores.on_validation_batch_end(stage, module, outputs, batch, number)  # type: ignore[arg-type]
        raw = [one.raw for one in outputs["said"]]
        said |= dict(zip((u.id for u in batch.utterances), raw, strict=True))
        losses += torch.stack([outputs["sums"].loss, outputs["sums"].tokens])
    scores.on_validation_epoch_end(stage, module)  # type: ignore[arg-type]
    for key, language in LANGUAGES.items():
        own = tiny.utterances("valid", [key])
        texts = [said[one.id].partition("<asr_text>")[2] or said[one.id] for one in own]
        counts = count([one.text for one in own], texts, SHIPPED[language], METRICS[key]).pooled()  # type: ignore[arg-type]
        assert logged[f"valid_error/{key}"] == pytest.approx(counts.rate)
    assert logged["valid/loss"] == pytest.approx(float(losses[0] / losses[1]))
    assert scores.latest["step"] == 7


def test_a_probe_changes_nothing_but_what_tensorboard_shows(
    finished: RunFolder, tiny: Tiny, tmp_path: Path, settings: tuple[str, ...]
) -> None:
    without = tiny.train(tmp_path, *settings, "trainer.probe=0")
    assert without.path.name == finished.path.name and outcome(without) == outcome(finished)
    tags = EventAccumulator(str(without.path)).Reload().Tags()["scalars"]
    assert not [tag for tag in tags if tag.startswith("probe_error/")]


def test_a_probe_is_a_few_utterances_of_every_corpus(tiny: Tiny) -> None:
    chosen = probe(mixture_plan(tiny.experiment(Path("runs"), "trainer.probe=3")))
    assert [one.dataset for one in chosen] == [key for key in LANGUAGES for _ in range(3)]
    assert len({one.id for one in chosen}) == len(chosen)


def test_a_corpus_smaller_than_the_probe_is_probed_whole(tiny: Tiny) -> None:
    chosen = probe(mixture_plan(tiny.experiment(Path("runs"), "trainer.probe=100")))
    assert sorted(one.id for one in chosen) == sorted(one.id for one in tiny.utterances("train"))


@pytest.mark.parametrize("other", ["seed=7", "data.exclude=[slr65]", "sampler.name=uniform"])
def test_runs_on_the_same_data_have_the_same_probe(other: str, tiny: Tiny) -> None:
    one, two = (
        probe(mixture_plan(tiny.experiment(Path("runs"), setting))) for setting in ("seed=0", other)
    )
    assert two and two == [one for one in one if one.dataset in {each.dataset for each in two}]


def test_what_is_too_long_to_train_on_is_not_probed(tiny: Tiny) -> None:
    settings = ("data.max_seconds=1.5", "trainer.probe=100")
    chosen = probe(mixture_plan(tiny.experiment(Path("runs"), *settings)))
    assert chosen and max(one.duration for one in chosen) <= 1.5


def test_bad_audio_is_not_probed(tiny: Tiny, tmp_path: Path) -> None:
    spoilt = tiny.copy(tmp_path)
    exp = spoilt.experiment(tmp_path / "runs", "trainer.probe=2")
    bad = probe(mixture_plan(exp))[0]
    Path(bad.audio).write_text("not audio")
    chosen = probe(mixture_plan(exp))
    assert bad.id not in {one.id for one in chosen} and len(chosen) == 2 * len(LANGUAGES)
