"""`plion transcribe` from its arguments to its transcripts."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from encoded import encoded, piped_flac
from spoken import RATE, recording, tones
from tiny import Tiny

from plion.cli.main import main

FAST = ["evaluate.tokens_per_second=2", "trainer.accelerator=cpu"]


def said(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Exit status, what was printed, and what was told."""
    status = main(["transcribe", *map(str, words), *FAST])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def problems(told: str) -> list[str]:
    return [line for line in told.splitlines() if line.startswith("plion: ")]


def test_file_to_json_lines(tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = recording(tmp_path / "a.wav", (1.0, 2.0), (1.0, 3.0))
    status, printed, told = said(capsys, tiny.model, path, "--format", "jsonl")
    rows = [json.loads(line) for line in printed.splitlines()]
    assert status == 0 and [row["file"] for row in rows] == [str(path)] * 2
    starts = [row["start"] for row in rows]
    assert starts == pytest.approx([1.0, 4.0], abs=0.05)
    assert "transcribed 5.0 of 7.5 s read" in told
    assert "0.1 min of audio" in told and "2 segments; RTFx" in told


def test_overrides_and_files_may_stand_among_options(
    tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = (recording(tmp_path / f"{name}.wav", (0.5, 1.0)) for name in "ab")
    status, printed, _ = said(
        capsys, tiny.model, one, "evaluate.seconds=9", "--language", "ta", other
    )
    assert status == 0
    assert [line.split("\t")[0] for line in printed.splitlines()] == [str(one), str(other)]


def test_forced_language_is_given_to_the_model_and_reported(
    tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = recording(tmp_path / "a.wav", (0.5, 1.0))
    _, printed, _ = said(capsys, tiny.model, path, "--format", "jsonl", "--language", "ta")
    assert json.loads(printed)["language"] == "Tamil"


def test_standard_input_is_heard(
    tiny: Tiny,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = recording(tmp_path / "a.wav", (0.5, 1.0))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    status, printed, _ = said(capsys, tiny.model, "-", "--format", "jsonl")
    assert status == 0 and json.loads(printed)["file"] == "-"


def test_flac_from_a_pipe_is_heard(
    tiny: Tiny,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = piped_flac(tmp_path / "a.flac", tones((0.5, 1.0)))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    status, printed, told = said(capsys, tiny.model, "-", "--format", "jsonl")
    assert status == 0 and json.loads(printed)["start"] == pytest.approx(0.5, abs=0.05)
    assert "of 2.0 s read" in told


def test_what_cannot_be_heard_in_a_folder_is_named_with_what_to_install(
    tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    recording(tmp_path / "in" / "a.wav", (0.5, 1.0))
    encoded(tmp_path / "in" / "b.m4a", tones((0.5, 1.0)))
    assert said(capsys, tiny.model, tmp_path / "in", "--out", tmp_path / "out")[0] == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.txt", "b.txt"]
    monkeypatch.setitem(sys.modules, "av", None)
    status, _, told = said(capsys, tiny.model, tmp_path / "in", "--out", tmp_path / "less")
    assert status == 1 and "b.m4a is MP4, which PyAV decodes: pip install av" in told


def test_standard_input_that_is_no_audio_is_status_2(
    tiny: Tiny, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"no audio")))
    status, _, told = said(capsys, tiny.model, "-")
    assert status == 2 and told.startswith("plion: audio standard input cannot be decoded")


def test_folder_of_recordings_to_a_folder_of_subtitles(
    tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("in/a/x.wav", "in/b/x.wav"):
        recording(tmp_path / name, (0.5, 1.0))
    status, printed, _ = said(
        capsys, tiny.model, tmp_path / "in", "--format", "vtt", "--out", tmp_path / "out"
    )
    assert (status, printed) == (0, "")
    written = sorted((tmp_path / "out").rglob("*.*"))
    assert [str(path.relative_to(tmp_path / "out")) for path in written] == ["a/x.vtt", "b/x.vtt"]
    assert all(path.read_text().startswith("WEBVTT\n") for path in written)


def test_recording_without_speech_has_an_empty_text(
    tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(3 * RATE), RATE)
    assert said(capsys, tiny.model, tmp_path / "a.wav")[:2] == (0, "\n")


def test_recording_of_no_samples_is_named(
    tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(0), RATE)
    status, _, told = said(capsys, tiny.model, tmp_path / "a.wav")
    assert status == 1 and f"audio {tmp_path / 'a.wav'} has no samples" in told


def test_channels_that_cancel_are_heard_and_noted(
    tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left = tones((0.5, 1.0))
    soundfile.write(tmp_path / "a.wav", np.stack([left, -left], axis=1), RATE)
    status, printed, told = said(capsys, tiny.model, tmp_path / "a.wav", "--format", "jsonl")
    assert status == 0 and len(printed.splitlines()) == 1
    assert f"notice: audio {tmp_path / 'a.wav'} has channels that cancel each other" in told


def test_bad_recordings_are_told_and_the_others_transcribed(
    tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = recording(tmp_path / "good.wav", (0.5, 1.0))
    (tmp_path / "bad.wav").write_text("no audio")
    content = recording(tmp_path / "cut.wav", (0.5, 4.0), (1.0, 4.0)).read_bytes()
    (tmp_path / "cut.wav").write_bytes(content[: len(content) // 2])
    status, printed, told = said(capsys, tiny.model, tmp_path, "--out", tmp_path / "out")
    assert (status, printed) == (1, "")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["cut.txt", "good.txt"]
    bad, cut, last = problems(told)
    assert "bad.wav cannot be decoded" in bad and "cut.wav is truncated" in cut
    assert last.startswith("plion: 2 of 3 recordings could not be transcribed completely")
    assert good.exists()


def test_where_all_are_cut_off_nothing_else_is_claimed(
    tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = recording(tmp_path / "cut.wav", (0.5, 4.0))
    path.write_bytes(path.read_bytes()[:64_000])
    status, _, told = said(capsys, tiny.model, path)
    assert status == 1 and told.endswith("1 of 1 recordings could not be transcribed completely, "
                                         "see above\n")  # fmt: skip


def test_json_has_the_name_that_the_file_has(
    tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = recording(tmp_path / "a\tb\x1b.wav", (0.5, 1.0))
    _, printed, _ = said(capsys, tiny.model, path, "--format", "jsonl")
    assert json.loads(printed)["file"] == str(path)


def test_what_is_terminated_leaves_nothing_half_done(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    path = recording(tmp_path / "a.wav", (0.5, 1.0))
    program = """
import sys, time
from pathlib import Path
from plion.cli.main import main
from plion.system.files import replacing
from plion.transcription import transcribe
def slow(request, stream):
    with replacing(request.out / "long.txt") as draft:
        draft.write_text("half")
        print("begun", file=stream, flush=True)
        time.sleep(600)
transcribe.transcribe = slow
sys.exit(main(sys.argv[1:]))
"""
    with path.open("rb") as sound:
        process = subprocess.Popen(
            [sys.executable, "-c", program, "transcribe", "mini", "-", "--out", tmp_path],
            env=os.environ | {"TMPDIR": str(tmp_path / "tmp")},
            stdin=sound,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    assert process.stdout and process.stdout.readline() == b"begun\n"
    assert list((tmp_path / "tmp").glob("plion-*")) and list(tmp_path.glob(".long*"))
    process.terminate()
    assert process.communicate()[1] == b"" and process.returncode == 128 + signal.SIGTERM
    assert not list((tmp_path / "tmp").glob("plion-*")) and not list(tmp_path.glob(".long*"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["gone.wav"], "recording gone.wav does not exist"),
        (["bad.wav"], "audio bad.wav cannot be decoded"),
        (["bad.wav", "worse.wav"], "audio bad.wav cannot be decoded"),
        (["a.wav", "--max-seconds", "31"], "--max-seconds must be from 1 to 30, not 31"),
        (["a.wav", "--max-seconds", "nan"], "--max-seconds must be from 1 to 30, not nan"),
        (["a.wav", "b.wav", "--format", "srt"], "--format srt for 2 recordings needs --out"),
        (["a.wav", "--out", "a.wav/x"], "the folder a.wav/x cannot be created"),
        (["a.wav", "tag.decode=forced"], "set the language by --language"),
        (["a.wav", "--language", "xx"], "unknown language 'xx'"),
        (["a.wav", "evaluate.second=1"], "(did you mean 'evaluate.seconds'?)"),
    ],
)
def test_bad_requests_are_status_2_and_one_line(
    words: list[str],
    sentence: str,
    tiny: Tiny,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in "ab":
        recording(Path(f"{name}.wav"), (0.5, 1.0))
    for name in ("bad", "worse"):
        Path(f"{name}.wav").write_text("no audio")
    status, printed, told = said(capsys, tiny.model, *words)
    assert (status, printed, told.count("\n")) == (2, "", 1)
    assert sentence in told


def test_model_that_is_not_there_is_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = recording(tmp_path / "a.wav", (0.5, 1.0))
    status, _, told = said(capsys, tmp_path / "nowhere", path)
    assert status == 2 and "nowhere" in told


def test_segments_that_repeat_themselves_are_counted_and_left_alone(
    tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from plion.models.qwen3_asr.protocol.loaded import parsed
    from plion.recognition.recognizers import Recognizer

    monkeypatch.setattr(Recognizer, "transcribe", lambda self, batch: [parsed("ha" * 50)])
    status, printed, told = said(capsys, tiny.model, recording(tmp_path / "a.wav", (0.5, 1.0)))
    assert (status, printed) == (0, "ha" * 50 + "\n")
    assert "1 of the segments repeat themselves" in told


def test_model_that_was_trained_with_the_language_given_asks_for_it(
    tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = recording(tmp_path / "a.wav", (0.5, 1.0))
    for asked, told in (((), True), (("--language", "ta"), False)):
        _, _, found = said(capsys, tiny.model, path, "tag.train=condition", *asked)
        assert ("set it by --language" in found) == told


def test_context_is_told_before_every_segment(
    tiny: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from plion.models.qwen3_asr.protocol.loaded import parsed
    from plion.recognition.recognizers import Recognizer

    heard = []

    def transcribe(self: Recognizer, batch: Any) -> list[Any]:
        ids = batch.request.ids[0].tolist()
        heard.append(
            self.loaded.checkpoint.prompter.tokenizer.decode(ids, skip_special_tokens=False)
        )
        return [parsed("")] * len(batch.utterances)

    monkeypatch.setattr(Recognizer, "transcribe", transcribe)
    path = recording(tmp_path / "a.wav", (0.5, 1.0))
    assert said(capsys, tiny.model, path, "--context", "Tan = Ah: Kow")[0] == 0
    assert "system\nTan = Ah: Kow<|im_end|>" in heard[0]
