"""Decoding test sets: every utterance once, in its order, and written whole or not at all."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest
from tiny import Tiny

from plion.data.manifest import Utterance
from plion.errors import InputError
from plion.evaluation.recognize import (
    Prediction,
    predictions,
    read_predictions,
    recognize,
    write_predictions,
)
from plion.model.checkpoint import Checkpoint, load

UTTERANCE = Utterance(
    "a", "a.wav", "வீடு.", "ta", "slr65", 1.5, speaker="s1", block="s1", sentence="7"
)


@pytest.fixture(scope="module")
def checkpoint(tiny: Tiny) -> Checkpoint:
    return load(str(tiny.model))


def test_a_prediction_keeps_the_raw_text_beside_its_parts() -> None:
    raw = "language Tamil<asr_text> வீடு! "
    assert predictions([UTTERANCE], [raw]) == [
        Prediction("a", "வீடு.", raw, " வீடு! ", "Tamil", 1.5, "s1", "s1", "7")
    ]


def test_where_no_language_is_named_there_is_none() -> None:
    (row,) = predictions([UTTERANCE], ["language None<asr_text>"])
    assert (row.text, row.language) == ("", None)


def test_predictions_are_in_the_order_of_the_utterances(tiny: Tiny, checkpoint: Checkpoint) -> None:
    utterances = tiny.utterances("test")
    durations = [one.duration for one in utterances]
    assert durations != sorted(durations, reverse=True)  # decoding goes by length
    exp = tiny.experiment(Path("runs"), "evaluate.utterances=3")
    rows, _ = recognize(checkpoint, utterances, exp, "test")
    assert [(row.id, row.reference) for row in rows] == [(one.id, one.text) for one in utterances]


def test_batches_do_not_change_what_is_said(tiny: Tiny, checkpoint: Checkpoint) -> None:
    utterances = tiny.utterances("test")
    said = [
        [row.hypothesis for row in recognize(checkpoint, utterances, exp, "test")[0]]
        for exp in (
            tiny.experiment(Path("runs"), "evaluate.utterances=1"),
            tiny.experiment(Path("runs"), "evaluate.utterances=5"),
        )
    ]
    assert said[0] == said[1]


def test_bad_audio_in_a_test_set_is_never_skipped(
    tiny: Tiny, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    utterances = tiny.utterances("test")[:2]
    utterances[1] = replace(utterances[1], audio=str(tmp_path / "gone.wav"))
    exp = tiny.experiment(Path("runs"), "data.on_bad_audio=skip")
    with pytest.raises(InputError, match="librispeech-test-1: audio .* is missing"):
        recognize(checkpoint, utterances, exp, "test")


def test_predictions_are_read_as_they_were_written(tmp_path: Path) -> None:
    rows = predictions([UTTERANCE, replace(UTTERANCE, id="b", speaker=None)], ["வீடு\n\u2028", ""])
    write_predictions(tmp_path / "predictions" / "slr65.jsonl", rows)
    assert list(read_predictions(tmp_path / "predictions" / "slr65.jsonl")) == rows


def test_a_full_disk_leaves_the_earlier_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "slr65.jsonl"
    rows = predictions([UTTERANCE], ["first"])
    write_predictions(path, rows)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(InputError, match="no space left on the disk while writing .*slr65.jsonl"):
        write_predictions(path, predictions([UTTERANCE], ["second"]))
    assert list(read_predictions(path)) == rows
    assert [path.name for path in tmp_path.iterdir()] == ["slr65.jsonl"]
