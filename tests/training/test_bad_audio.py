"""Audio that cannot be read: named, or in training skipped and counted."""

from pathlib import Path

import pytest
from tiny import Tiny, tone

from plion.data.manifest import read_manifest
from plion.errors import InputError
from plion.planning.planned_run import mixture_plan
from plion.runs.folder import RunFolder

# Every utterance twice or more.
LONG = ("hold.amount=48", "hold.quantity=utterances", "evaluate.test=false")


def without_audio(tiny: Tiny, folder: Path, split: str) -> tuple[Tiny, str]:
    """Corpora in which one utterance has text for audio, and its id."""
    spoilt = tiny.copy(folder)
    one = read_manifest(spoilt.root / "aishell1" / f"{split}.jsonl")[2]
    Path(one.audio).write_text("not audio")
    return spoilt, one.id


def test_bad_audio_fails_the_run_by_name(tiny: Tiny, tmp_path: Path) -> None:
    spoilt, name = without_audio(tiny, tmp_path, "train")
    with pytest.raises(InputError, match=f"utterance {name}: audio .*{name}.wav cannot"):
        spoilt.train(tmp_path / "runs", *LONG)
    (folder,) = (tmp_path / "runs").glob("tiny-*")
    record = RunFolder(folder).read()
    assert record.status == "failed" and name in record.error


def test_a_failed_run_is_finished_once_its_audio_is_mended(tiny: Tiny, tmp_path: Path) -> None:
    spoilt, name = without_audio(tiny, tmp_path, "train")
    with pytest.raises(InputError):
        spoilt.train(tmp_path / "runs", *LONG)
    one = read_manifest(spoilt.root / "aishell1" / "train.jsonl")[2]
    tone(Path(one.audio), one.duration)
    record = spoilt.train(tmp_path / "runs", *LONG).read()
    assert record.status == "done" and record.error is None


def test_skipped_audio_is_counted_and_named(tiny: Tiny, tmp_path: Path) -> None:
    spoilt, name = without_audio(tiny, tmp_path, "train")
    skip = (*LONG, "data.on_bad_audio=skip")
    planned = mixture_plan(spoilt.experiment(tmp_path, *skip)).plan.totals.utterances
    record = spoilt.train(tmp_path / "runs", *skip).read()
    assert set(record.skipped_audio) == {name}
    assert record.utterances == planned - len(record.skipped_audio)
    assert record.short_of_hold == 48 - record.utterances > 0


def test_bad_audio_in_validation_is_never_skipped(tiny: Tiny, tmp_path: Path) -> None:
    spoilt, name = without_audio(tiny, tmp_path, "valid")
    with pytest.raises(InputError, match=name):
        spoilt.train(tmp_path / "runs", "data.on_bad_audio=skip")


def test_what_is_too_long_for_a_batch_is_left_out_and_counted(tiny: Tiny, tmp_path: Path) -> None:
    short = ("batch.seconds=2.5", "batch.too_long=skip", "evaluate.test=false")
    planned = mixture_plan(tiny.experiment(tmp_path, *short))
    assert planned.too_long > 0
    assert tiny.train(tmp_path, *short).read().too_long_for_a_batch == planned.too_long
