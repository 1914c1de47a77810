"""Decoding test sets: every utterance once, in its order, and written whole or not at all."""

import errno
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny import Tiny

from plion.data.manifest import Utterance
from plion.errors import InputError
from plion.models.qwen3_asr.protocol.loaded import parsed
from plion.models.values import Said
from plion.planning.base_model import targets_of
from plion.recognition.decode_sets import predictions, recognize
from plion.recognition.recognizers import Recognizer, recognizer
from plion.scoring.predictions import Prediction, read_predictions, write_predictions

UTTERANCE = Utterance(
    "a", "a.wav", "வீடு.", "ta", "slr65", 1.5, speaker="s1", block="s1", sentence="7"
)


@pytest.fixture(scope="module")
def blank(tiny: Tiny) -> Recognizer:
    return recognizer(str(tiny.model), tiny.experiment(Path("runs")))


def under(recognizer: Recognizer, tiny: Tiny, *overrides: str) -> Recognizer:
    """The same model, decoded under other settings."""
    exp = tiny.experiment(Path("runs"), *overrides)
    return Recognizer(recognizer.loaded, targets_of(exp), exp.evaluate, exp.trainer)


def test_a_prediction_keeps_the_raw_text_beside_its_parts() -> None:
    raw = "language Tamil<asr_text> வீடு! "
    assert predictions([UTTERANCE], [parsed(raw)]) == [
        Prediction("a", "வீடு.", raw, " வீடு! ", "Tamil", 1.5, "s1", "s1", "7")
    ]


def test_where_no_language_is_named_there_is_none() -> None:
    (row,) = predictions([UTTERANCE], [parsed("language None<asr_text>")])
    assert (row.text, row.language) == ("", None)


def test_predictions_are_in_the_order_of_the_utterances(tiny: Tiny, blank: Recognizer) -> None:
    utterances = tiny.utterances("test")
    durations = [one.duration for one in utterances]
    assert durations != sorted(durations, reverse=True)  # decoding goes by length
    rows, _ = recognize(under(blank, tiny, "evaluate.utterances=3"), utterances, "test")
    assert [(row.id, row.reference) for row in rows] == [(one.id, one.text) for one in utterances]


def test_batches_do_not_change_what_is_said(tiny: Tiny, blank: Recognizer) -> None:
    utterances = tiny.utterances("test")
    said = [
        [row.hypothesis for row in recognize(under(blank, tiny, asked), utterances, "test")[0]]
        for asked in ("evaluate.utterances=1", "evaluate.utterances=5")
    ]
    assert said[0] == said[1]


def test_bad_audio_in_a_test_set_is_never_skipped(
    tiny: Tiny, blank: Recognizer, tmp_path: Path
) -> None:
    utterances = tiny.utterances("test")[:2]
    utterances[1] = replace(utterances[1], audio=str(tmp_path / "gone.wav"))
    with pytest.raises(InputError, match="librispeech-test-1: audio .* is missing"):
        recognize(under(blank, tiny, "data.on_bad_audio=skip"), utterances, "test")


def test_predictions_are_read_as_they_were_written(tmp_path: Path) -> None:
    said = [parsed("வீடு\n\u2028"), parsed("")]
    rows = predictions([UTTERANCE, replace(UTTERANCE, id="b", speaker=None)], said)
    write_predictions(tmp_path / "predictions" / "slr65.jsonl", rows)
    assert list(read_predictions(tmp_path / "predictions" / "slr65.jsonl")) == rows


def test_a_full_disk_leaves_the_earlier_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "slr65.jsonl"
    rows = predictions([UTTERANCE], [parsed("first")])
    write_predictions(path, rows)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(InputError, match="no space left on the disk while writing .*slr65.jsonl"):
        write_predictions(path, predictions([UTTERANCE], [parsed("second")]))
    assert list(read_predictions(path)) == rows
    assert [path.name for path in tmp_path.iterdir()] == ["slr65.jsonl"]


class Broken(Exception):
    """The machine was switched off."""


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Has the recogniser break off when it has decoded so many batches; counts what it decodes."""
    left = [10**9, 0]
    transcribe = Recognizer.transcribe

    def counted(self: Recognizer, batch: Any) -> list[Said]:
        if not left[0]:
            raise Broken
        left[0] -= 1
        left[1] += 1
        return transcribe(self, batch)

    monkeypatch.setattr(Recognizer, "transcribe", counted)
    return left


def test_a_decoding_that_was_broken_off_goes_on(
    tiny: Tiny, blank: Recognizer, breaking: list[int], tmp_path: Path
) -> None:
    utterances = tiny.utterances("test")
    pairs = under(blank, tiny, "evaluate.utterances=2")
    whole, _ = recognize(pairs, utterances, "test")
    batches = breaking[1]
    part = tmp_path / "predictions" / ".key.part.jsonl"
    breaking[0] = 2
    with pytest.raises(Broken):
        recognize(pairs, utterances, "test", part=part)
    breaking[:] = [10**9, 0]
    rows, seconds = recognize(pairs, utterances, "test", part=part)
    assert rows == whole and breaking[1] == batches - 2
    spent = sum(json.loads(line)["seconds"] for line in part.read_text().splitlines())
    assert seconds == pytest.approx(spent)  # of both


def test_a_batch_whose_line_was_torn_is_decoded_again(
    tiny: Tiny, blank: Recognizer, breaking: list[int], tmp_path: Path
) -> None:
    utterances = tiny.utterances("test")
    pairs = under(blank, tiny, "evaluate.utterances=2")
    part = tmp_path / ".key.part.jsonl"
    whole, _ = recognize(pairs, utterances, "test", part=part)
    content = part.read_bytes()
    for kept in (len(content) - 1, content.index(b"\n") + 5, 5):
        part.write_bytes(content[:kept])
        breaking[1] = 0
        assert recognize(pairs, utterances, "test", part=part)[0] == whole
        assert breaking[1] == content.count(b"\n") - content[:kept].count(b"\n")
        assert part.read_bytes().count(b"\n") == content.count(b"\n")


@pytest.mark.parametrize("line", ["[]", '{"seconds": 1.0}', '{"seconds": 1, "rows": [{}]}', "x"])
def test_a_whole_line_that_is_none_of_ours_is_named(
    tiny: Tiny, blank: Recognizer, tmp_path: Path, line: str
) -> None:
    part = tmp_path / ".key.part.jsonl"
    part.write_text(line + "\n")
    with pytest.raises(InputError, match=r"key\.part\.jsonl:1 is damaged: .*; remove it and give"):
        recognize(blank, tiny.utterances("test"), "test", part=part)


def test_nothing_is_decoded_where_all_is_there(
    tiny: Tiny, blank: Recognizer, breaking: list[int], tmp_path: Path
) -> None:
    utterances = tiny.utterances("test")
    part = tmp_path / ".key.part.jsonl"
    first = recognize(blank, utterances, "test", part=part)
    breaking[0] = 0
    assert recognize(blank, utterances, "test", part=part) == first
