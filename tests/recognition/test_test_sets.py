"""Test sets of runs and of models: decoded once each, scored from what was said."""

import json
import shutil
from pathlib import Path
from typing import Any

import foreign
import pytest
import torch
from tiny import LANGUAGES, Tiny

from plion.config.experiment import evaluation
from plion.errors import InputError
from plion.models.values import Said
from plion.planning.inputs import evaluation_hash8
from plion.recognition import test_sets
from plion.recognition.recognizers import Recognizer
from plion.runs.folder import RunFolder
from plion.scoring.predictions import read_predictions
from plion.training import run


def evaluate(tiny: Tiny, model: Path, runs: Path, *overrides: str) -> RunFolder:
    """`plion evaluate` on the tiny corpora."""
    asked = (f"trainer.runs={runs}", "evaluate.tokens_per_second=3", *overrides)
    exp = evaluation(str(model), str(tiny.suite), str(tiny.root), asked)
    return RunFolder(run.evaluate(exp))


@pytest.fixture
def copy(finished: RunFolder, tmp_path: Path) -> RunFolder:
    """The finished run in a place where it may be changed."""
    return RunFolder(Path(shutil.copytree(finished.path, tmp_path / finished.path.name)))


@pytest.fixture
def no_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("a test set was decoded again")

    monkeypatch.setattr(test_sets, "recognize", never)


def content(folder: RunFolder) -> dict[str, bytes]:
    files = [folder.metrics, *(folder.predictions(key) for key in LANGUAGES)]
    return {path.name: path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def blank(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The blank model, evaluated as it is."""
    return evaluate(tiny, tiny.model, tmp_path_factory.mktemp("runs"))


def test_a_model_folder_has_a_folder_of_its_own(blank: RunFolder) -> None:
    record = blank.read()
    assert blank.path.name == f"base-{record.hash}" and record.status == "done"
    assert blank.config.exists() and not blank.checkpoints.exists()


def test_predictions_hold_all_that_scoring_needs(blank: RunFolder, tiny: Tiny) -> None:
    for key in LANGUAGES:
        said = list(read_predictions(blank.predictions(key)))
        utterances = tiny.utterances("test", [key])
        assert [(row.id, row.reference, row.duration, row.speaker, row.block) for row in said] == [
            (one.id, one.text, one.duration, one.speaker, one.block) for one in utterances
        ]
        assert all(row.hypothesis.endswith(row.text) for row in said)


def test_metrics_cover_the_suite_in_its_order(blank: RunFolder) -> None:
    metrics = json.loads(blank.metrics.read_text())
    assert list(metrics["benchmarks"]) == metrics["covered"] == list(LANGUAGES)
    assert metrics["macro_average"] > 0


def test_how_fast_it_was_is_recorded_over_all_sets(blank: RunFolder, tiny: Tiny) -> None:
    record = blank.read()
    seconds = {key: sum(u.duration for u in tiny.utterances("test", [key])) for key in LANGUAGES}
    spent = record.decoding
    assert {key: one.audio_seconds for key, one in spent.items()} == pytest.approx(seconds)
    took = sum(one.seconds for one in spent.values())
    assert record.rtfx == pytest.approx(sum(seconds.values()) / took)


def test_a_second_evaluation_of_a_model_decodes_nothing(
    blank: RunFolder, tiny: Tiny, no_decoding: None
) -> None:
    before = content(blank)
    assert evaluate(tiny, tiny.model, blank.path.parent) == blank
    assert content(blank) == before


def test_a_set_that_is_missing_is_decoded_and_the_others_are_kept(
    blank: RunFolder, tiny: Tiny, tmp_path: Path
) -> None:
    folder = RunFolder(Path(shutil.copytree(blank.path, tmp_path / blank.path.name)))
    before = content(blank)
    folder.predictions("aishell1").unlink()
    folder.metrics.unlink()
    kept = folder.predictions("slr65").stat().st_mtime_ns
    assert evaluate(tiny, tiny.model, tmp_path) == folder
    assert content(folder) == before
    assert folder.predictions("slr65").stat().st_mtime_ns == kept


def test_a_run_is_evaluated_into_its_own_folder(
    copy: RunFolder, finished: RunFolder, tiny: Tiny, tmp_path: Path
) -> None:
    shutil.rmtree(copy.path / "predictions")
    copy.metrics.unlink()
    assert evaluate(tiny, copy.path, tmp_path / "runs") == copy
    assert content(copy) == content(finished)


def test_a_run_is_evaluated_with_the_threads_of_its_configuration(
    copy: RunFolder, tiny: Tiny, tmp_path: Path
) -> None:
    torch.set_num_threads(2)
    assert evaluate(tiny, copy.path, tmp_path / "runs") == copy
    assert torch.get_num_threads() == 1


def test_a_second_evaluation_of_a_run_decodes_nothing(
    copy: RunFolder, finished: RunFolder, tiny: Tiny, tmp_path: Path, no_decoding: None
) -> None:
    assert evaluate(tiny, copy.path, tmp_path / "runs") == copy
    assert content(copy) == content(finished)


def test_a_run_tested_otherwise_keeps_its_own_results(
    copy: RunFolder, finished: RunFolder, tiny: Tiny, tmp_path: Path
) -> None:
    forced = evaluate(tiny, copy.path, tmp_path / "runs", "tag.decode=forced")
    assert forced.path != copy.path and forced.read().tag_decode == "forced"
    assert content(copy) == content(finished) != content(forced)


def test_a_finished_run_is_also_decoded_forced_without_training_again(
    copy: RunFolder,
    finished: RunFolder,
    tiny: Tiny,
    settings: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = evaluate(tiny, finished.path, tmp_path / "told", "tag.decode=forced")
    monkeypatch.delattr(run, "fit")
    before = copy.read()
    assert tiny.train(copy.path.parent, *settings, "evaluate.forced=true") == copy
    assert content(copy) == content(finished)
    assert list(content(copy.forced).values()) == list(content(told).values())
    assert copy.forced.predictions("slr65").parent == copy.path / "predictions" / "forced"
    record = copy.read()
    assert record.tag_decode == "free" and record.tag_train == "predict"
    assert record.decoding == before.decoding and copy.done(tested=True, forced=True)


def test_a_model_is_also_decoded_forced_where_asked(
    blank: RunFolder, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RunFolder(Path(shutil.copytree(blank.path, tmp_path / blank.path.name)))
    assert evaluate(tiny, tiny.model, tmp_path, "evaluate.forced=true") == folder
    assert folder.forced.metrics.exists()
    monkeypatch.delattr(test_sets, "recognize")  # a second time there is nothing to do
    assert evaluate(tiny, tiny.model, tmp_path, "evaluate.forced=true") == folder


def test_a_test_set_that_is_not_there_is_not_covered(tiny: Tiny, tmp_path: Path) -> None:
    spoilt = tiny.copy(tmp_path)
    (spoilt.root / "aishell1" / "test.jsonl").unlink()
    part = evaluate(spoilt, tiny.model, tmp_path / "runs")
    assert json.loads(part.metrics.read_text())["covered"] == ["librispeech", "slr65"]
    assert not part.predictions("aishell1").exists()


def test_without_any_test_set_it_says_where_it_looked(tiny: Tiny, tmp_path: Path) -> None:
    nowhere = Tiny(tmp_path / "nowhere", tiny.suite, tiny.model)
    with pytest.raises(InputError, match="nowhere has no test manifest of suite .*; set data.root"):
        evaluate(nowhere, tiny.model, tmp_path / "runs")


def test_a_recogniser_of_another_kind_is_evaluated_alike(tiny: Tiny, tmp_path: Path) -> None:
    whisper = evaluate(tiny, foreign.whisper(tmp_path / "whisper"), tmp_path / "runs")
    record = whisper.read()
    assert record.status == "done" and record.rtfx > 0
    for key in LANGUAGES:
        assert all(row.text for row in read_predictions(whisper.predictions(key)))
    assert json.loads(whisper.metrics.read_text())["covered"] == list(LANGUAGES)


def test_a_context_is_recorded_and_another_evaluation(
    blank: RunFolder, tiny: Tiny, tmp_path: Path
) -> None:
    told = evaluate(tiny, tiny.model, tmp_path, "data.context=Tan Ah Kow")
    assert told.read().context == "Tan Ah Kow" and blank.read().context is None
    assert told.read().hash != blank.read().hash
    with pytest.raises(InputError, match="Whisper takes no context"):
        evaluate(tiny, foreign.whisper(tmp_path / "whisper"), tmp_path, "data.context=Tan")


def test_attention_is_recorded_as_the_recogniser_has_it(tiny: Tiny, tmp_path: Path) -> None:
    model, asked = foreign.whisper(tmp_path / "whisper"), "model.attention=reference"
    assert evaluate(tiny, model, tmp_path / "runs", asked).read().attention == "sdpa"
    assert evaluate(tiny, tiny.model, tmp_path / "runs", asked).read().attention == "reference"


def test_a_run_on_two_processors_names_both(
    blank: RunFolder, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = RunFolder(Path(shutil.copytree(blank.path, tmp_path / blank.path.name)))
    own = copy.read().processor
    assert copy.read().capability.split()[0] == torch.backends.cpu.get_cpu_capability()
    copy.metrics.unlink()
    copy.write(status="running", processor="Z80", capability="SLOW")
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "default")  # read when torch is loaded
    record = evaluate(tiny, tiny.model, tmp_path).read()
    assert record.processor == f"Z80 + {own}"
    assert record.capability.startswith("SLOW + ")
    assert record.capability.endswith(" ATEN_CPU_CAPABILITY=default")


def test_a_trained_model_that_is_tested_otherwise_is_known_as_trained(
    blank: RunFolder, copy: RunFolder, tiny: Tiny
) -> None:
    found = evaluate(tiny, copy.export, copy.path.parent, "evaluate.utterances=1").read()
    assert found.trained_as == copy.read().name
    assert blank.read().trained_as is None


def test_another_kind_is_not_trained(tiny: Tiny, tmp_path: Path) -> None:
    other = Tiny(tiny.root, tiny.suite, foreign.moonshine(tmp_path / "moonshine"))
    with pytest.raises(
        InputError, match="'moonshine', and only Qwen3-ASR and Whisper can be trained"
    ):
        other.train(tmp_path / "runs")


def test_a_profile_that_a_language_refuses_is_told_before_anything_is_decoded(
    tiny: Tiny, tmp_path: Path, no_decoding: None
) -> None:
    with pytest.raises(InputError, match="profile 'whisper-1' is refused in ta"):
        evaluate(tiny, tiny.model, tmp_path / "runs", "evaluate.profile=whisper")
    assert not (tmp_path / "runs").exists()


def test_a_set_that_was_broken_off_ends_as_if_it_had_not_been(
    blank: RunFolder, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    transcribe = Recognizer.transcribe
    batches = iter(range(6))  # the first set and half of the second

    def some(recognizer: Recognizer, batch: Any) -> list[Said]:
        if next(batches, None) is None:
            raise KeyboardInterrupt
        return transcribe(recognizer, batch)

    monkeypatch.setattr(Recognizer, "transcribe", some)
    with pytest.raises(KeyboardInterrupt):
        evaluate(tiny, tiny.model, tmp_path, "evaluate.utterances=1")
    monkeypatch.undo()
    (part,) = tmp_path.glob("*/predictions/.*.part.jsonl")
    assert part.name == ".aishell1.part.jsonl"
    folder = evaluate(tiny, tiny.model, tmp_path, "evaluate.utterances=1")
    assert content(folder) == content(blank)
    assert sorted(path.name for path in part.parent.iterdir()) == sorted(
        f"{key}.jsonl" for key in LANGUAGES
    )


def test_latency_is_measured_where_it_is_asked_for(
    blank: RunFolder, tiny: Tiny, tmp_path: Path, no_decoding: None
) -> None:
    assert blank.read().latency_mean is None
    shutil.copytree(blank.path, tmp_path / blank.path.name)
    folder = evaluate(tiny, tiny.model, tmp_path, "evaluate.latency=2")
    assert folder.path.name == blank.path.name  # it changes no result
    record = folder.read()
    assert {key: one.samples for key, one in record.latency.items()} == dict.fromkeys(LANGUAGES, 2)
    assert record.latency_mean > 0 and record.latency_std > 0
    assert evaluate(tiny, tiny.model, tmp_path, "evaluate.latency=2").read() == record


@pytest.mark.parametrize("change", ["evaluate.beams=2", "evaluate.repetition_penalty=1.2"])
def test_another_way_of_decoding_is_another_evaluation(change: str, tiny: Tiny) -> None:
    model = (str(tiny.model), str(tiny.suite), str(tiny.root))
    plain, other = (evaluation_hash8(evaluation(*model, asked)) for asked in ((), (change,)))
    assert plain != other
