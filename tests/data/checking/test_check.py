"""Damaged audio is found and named, and audio that is only unusual is left alone."""

import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from encoded import encoded

from plion.data.checking.check import Check, Problem, check_audio, render_check
from plion.data.manifest import write_manifest
from plion.errors import InputError

SECONDS = 2.0
RATE = 16_000
NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, round(SECONDS * RATE)).astype(np.float32)
CONSTANT = {"bitrate_mode": "CONSTANT", "compression_level": 0.5}  # MP3; else variable
Make = Callable[[Path], None]


def written(samples: np.ndarray = NOISE, rate: int = RATE, **how: Any) -> Make:
    return lambda path: soundfile.write(path, samples, rate, **how)


def content(data: bytes) -> Make:
    def make(path: Path) -> None:
        path.write_bytes(data)

    return make


def changed(change: Callable[[bytes], bytes], **how: Any) -> Make:
    """A good file in the format of its suffix, then its bytes changed."""

    def make(path: Path) -> None:
        written(**how)(path)
        path.write_bytes(change(path.read_bytes()))

    return make


def cut(path: Path) -> None:
    changed(lambda data: data[: len(data) // 2])(path)


def put(at: int, new: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data[:at] + new + data[at + len(new) :]


def uncounted(data: bytes) -> bytes:
    """A FLAC as a pipe gets it: its header does not count the samples."""
    return put(21, bytes([data[21] & 0xF0, 0, 0, 0, 0]))(data)


def with_list_chunk(data: bytes) -> bytes:
    """A LIST chunk of odd length, and so with a byte of padding, before the samples."""
    chunk = b"LIST" + struct.pack("<I", 13) + b"INFOISFT\1\0\0\0x" + b"\0"
    return data[:36] + chunk + data[36:]


def without_first_frame(data: bytes) -> bytes:
    """An MP3 without the frame that counts the others."""
    return data[data.index(data[:2], 4) :]


def called(suffix: str) -> Make:
    """A good file of one format under the name of another."""

    def make(path: Path) -> None:
        written()(path.with_suffix(suffix))
        path.with_suffix(suffix).rename(path)

    return make


def link(path: Path) -> None:
    written()(path.with_name("target.wav"))
    path.symlink_to("target.wav")


# What each is called, how it is made, and the duration that its manifest gives.
GOOD: dict[str, tuple[Make, float]] = {
    "plain.wav": (written(), SECONDS),
    "upper.WAV": (written(), SECONDS),
    "bits24.wav": (written(subtype="PCM_24"), SECONDS),
    "float.wav": (written(subtype="FLOAT"), SECONDS),
    "loud.wav": (written(NOISE * 4, subtype="FLOAT"), SECONDS),
    "ulaw.wav": (written(subtype="ULAW"), SECONDS),
    "extensible.wav": (written(format="WAVEX"), SECONDS),
    "long_sizes.wav": (written(format="RF64"), SECONDS),
    "list.wav": (changed(with_list_chunk), SECONDS),
    "trailing.wav": (changed(lambda data: data + b"LIST\x08\0\0\0INFO"), SECONDS),
    "streamed.wav": (changed(put(40, b"\xff\xff\xff\xff")), SECONDS),
    "own_header_counted.wav": (
        changed(put(40, struct.pack("<I", 2 * len(NOISE) + 44))),
        SECONDS,
    ),
    "telephone.wav": (written(rate=8_000), SECONDS * 2),
    "stereo.wav": (written(np.stack([NOISE, NOISE], axis=1)), SECONDS),
    "rounded.wav": (written(), SECONDS + 0.04),
    "half_silent.wav": (written(np.where(np.arange(len(NOISE)) < RATE, 0, NOISE)), SECONDS),
    "mp3_in.wav": (lambda path: encoded(path, NOISE, codec="libmp3lame"), SECONDS),
    "plain.flac": (written(), SECONDS),
    "joined.flac": (changed(lambda data: data + data), 2 * SECONDS),
    "streamed.flac": (changed(lambda data: uncounted(data)), SECONDS),
    "plain.aiff": (written(), SECONDS),
    "plain.ogg": (written(), SECONDS),
    "tagged.flac": (changed(lambda data: b"ID3\4\0\0\0\0\0\x09" + bytes(9) + data), SECONDS),
    "chained.ogg": (changed(lambda data: data + data), 2 * SECONDS),
    "joined.wav": (changed(lambda data: data + data), 2 * SECONDS),
    "joined.mp3": (changed(lambda data: data + data), 2 * SECONDS),
    "unnumbered_variable.mp3": (changed(without_first_frame), SECONDS),
    "early.mp3": (written(), SECONDS + 0.05),
    "late.mp3": (written(), SECONDS - 0.05),
    "rate32.mp3": (written(rate=32_000), SECONDS / 2),
    "unnumbered.mp3": (changed(without_first_frame, **CONSTANT), SECONDS),
    "link.wav": (link, SECONDS),
    "unknown.suffix": (called(".wav"), SECONDS),
}
BAD: dict[str, tuple[Make, float, str]] = {
    "missing.wav": (lambda path: None, SECONDS, "is missing"),
    "dangling.wav": (lambda path: path.symlink_to("gone.wav"), SECONDS, "is a broken link"),
    "folder.wav": (Path.mkdir, SECONDS, "is a folder"),
    "empty.wav": (Path.touch, SECONDS, "is empty"),
    "text.wav": (content(b"not audio at all " * 99), SECONDS, "is not audio: it begins with b'not"),
    "page.mp3": (content(b"<!DOCTYPE html>" * 99), SECONDS, "is not audio: it begins with b'<!DO"),
    "hole.flac": (content(bytes(9999)), SECONDS, "is not audio"),
    "cut.wav": (cut, SECONDS, "is truncated: 32,022 of 64,000 bytes of samples are missing"),
    "cut_measured.wav": (cut, 31_978 / 2 / RATE, "is truncated: 32,022 of 64,000 bytes"),
    "cut_joined.wav": (
        changed(lambda data: data + data[:-1_000]),
        2 * SECONDS,
        "is truncated: 1,000 of 64,000 bytes of samples are missing",
    ),
    "cut_header.wav": (changed(lambda data: data[:20]), SECONDS, "cannot be decoded"),
    "cut.flac": (cut, SECONDS, "is damaged or truncated: flac decoder lost sync"),
    "cut.mp3": (cut, SECONDS, "is truncated: its header counts 2.09 s, "),
    "cut_measured.mp3": (cut, 0.9, "is truncated: its header counts 2.09 s, "),
    "cut.ogg": (cut, SECONDS, "is cut off: its last page is missing"),
    "cut.opus": (
        changed(lambda data: data[: len(data) // 2], format="OGG", subtype="OPUS"),
        SECONDS,
        "is cut off: its last page is missing",
    ),
    "cut_streamed.flac": (
        changed(lambda data: uncounted(data)[: len(data) // 2]),
        SECONDS,
        "is damaged or truncated: flac decoder lost sync",
    ),
    "slow.wav": (written(rate=2_000), 16.0, "has a rate of 2,000 Hz"),
    "fast.wav": (written(rate=400_000), 0.08, "has a rate of 400,000 Hz"),
    "damaged.flac": (changed(put(30_000, bytes(200))), SECONDS, "is damaged or truncated"),
    "shorter.ogg": (written(NOISE[:RATE]), SECONDS, "lasts 1.00 s, but the manifest says 2.00 s"),
    "longer.wav": (written(), 1.0, "lasts 2.00 s, but the manifest says 1.00 s"),
    "nan.wav": (
        written(np.where(np.arange(len(NOISE)) == RATE, np.nan, NOISE), subtype="FLOAT"),
        SECONDS,
        "has samples that are NaN or infinite, the first at 1.00 s",
    ),
    "infinite.wav": (
        written(np.where(np.arange(len(NOISE)) == 0, np.inf, NOISE), subtype="DOUBLE"),
        SECONDS,
        "has samples that are NaN or infinite, the first at 0.00 s",
    ),
    "still.wav": (changed(put(24, bytes(8))), SECONDS, "has a rate of 0 Hz in its header"),
    "still.flac": (changed(put(18, b"\0\0\0")), SECONDS, "has a rate of 0 Hz in its header"),
    "named.wav": (called(".mp3"), SECONDS, "is MP3, although its suffix is .wav"),
    "named.flac": (called(".wav"), SECONDS, "is WAV, although its suffix is .flac"),
    "silent.wav": (written(np.zeros(len(NOISE))), SECONDS, "is silent: all its samples are 0"),
    "bare.wav": (written(NOISE[:0]), SECONDS, "has no samples"),
}


def row(name: str, duration: float, id: str = "", offset: float = 0.0) -> dict[str, object]:
    return {
        "id": id or name,
        "audio": name,
        "text": "words",
        "language": "en",
        "dataset": "nsc",
        "duration": duration,
        "offset": offset,
    }


def checked(folder: Path, *rows: dict[str, object]) -> tuple[Problem, ...]:
    write_manifest(folder / "train.jsonl", rows)
    return check_audio([folder / "train.jsonl"]).problems


def test_of_a_thousand_files_exactly_the_damaged_ones_are_listed(tmp_path: Path) -> None:
    durations = {name: duration for name, (_, duration) in GOOD.items()}
    durations |= {name: duration for name, (_, duration, _) in BAD.items()}
    makes = {name: make for name, (make, _) in GOOD.items()}
    makes |= {name: make for name, (make, _, _) in BAD.items()}
    for name, make in makes.items():
        make(tmp_path / name)
    for number in range(1_000 - len(makes)):
        os.link(tmp_path / "plain.wav", tmp_path / f"{number}.wav")
        durations[f"{number}.wav"] = SECONDS
    found = checked(tmp_path, *(row(name, durations[name]) for name in sorted(durations)))
    assert len(durations) == 1_000
    assert [problem.id for problem in found] == sorted(BAD)


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_said(name: str, tmp_path: Path) -> None:
    make, duration, reason = BAD[name]
    make(tmp_path / name)
    (problem,) = checked(tmp_path, row(name, duration))
    assert problem.reason.startswith(reason)
    assert str(problem).startswith(f"{tmp_path / 'train.jsonl'}: {name}: {tmp_path / name} ")
    assert "\n" not in str(problem)


def test_parts_of_a_long_file_are_good_until_they_pass_its_end(tmp_path: Path) -> None:
    written()(tmp_path / "long.wav")
    found = checked(
        tmp_path,
        row("long.wav", 0.5, "first"),
        row("long.wav", 0.5, "second", offset=1.5),
        row("long.wav", 0.5, "third", offset=1.8),
    )
    assert [(problem.id, problem.reason) for problem in found] == [
        ("third", "lasts 2.00 s, but the manifest says 2.30 s")
    ]


def test_one_part_of_a_longer_file_is_good(tmp_path: Path) -> None:
    written()(tmp_path / "long.wav")
    assert checked(tmp_path, row("long.wav", 0.5, offset=0.5)) == ()


def test_all_utterances_of_a_damaged_file_are_listed(tmp_path: Path) -> None:
    (tmp_path / "long.wav").touch()
    found = checked(tmp_path, row("long.wav", 0.5, "a"), row("long.wav", 0.5, "b", offset=0.5))
    assert [problem.id for problem in found] == ["a", "b"]


def test_several_manifests_are_told_apart(tmp_path: Path) -> None:
    for part in ("train", "test"):
        (tmp_path / part).mkdir()
        write_manifest(tmp_path / part / f"{part}.jsonl", [row("gone.wav", 1.0)])
    paths = [tmp_path / part / f"{part}.jsonl" for part in ("train", "test")]
    assert [problem.manifest for problem in check_audio(paths).problems] == paths


def test_channels_that_cancel_are_noted_and_no_fault(tmp_path: Path) -> None:
    written(np.stack([NOISE, -NOISE], axis=1))(tmp_path / "a.wav")
    write_manifest(tmp_path / "train.jsonl", [row("a.wav", SECONDS)])
    found = check_audio([tmp_path / "train.jsonl"])
    (notice,) = found.notices
    assert found.problems == () and notice.reason.startswith("has channels that cancel each other")
    first, last = render_check(found).splitlines()
    assert first == f"notice: {notice}" and last.startswith("1 utterances: all audio exists")


def test_without_pyav_what_to_install_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(without_first_frame)(tmp_path / "a.mp3")
    monkeypatch.setitem(sys.modules, "av", None)  # in the processes too, which are forked
    (problem,) = checked(tmp_path, row("a.mp3", SECONDS))
    assert problem.reason.endswith("PyAV all: pip install av (the extra `audio`)")


def test_decoders_do_not_talk_between(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    changed(put(4000, bytes(3000)))(tmp_path / "a.mp3")
    assert checked(tmp_path, row("a.mp3", SECONDS))
    assert "Illegal" not in capfd.readouterr().err


def test_the_last_line_counts() -> None:
    problem = Problem(Path("test.jsonl"), "nsc-7", "/data/a.wav", "is empty")
    assert render_check(Check((problem,), 1234)).splitlines() == [
        "test.jsonl: nsc-7: /data/a.wav is empty",
        "1 of 1,234 utterances have wrong audio",
    ]


def test_nothing_wrong_is_said_too() -> None:
    assert render_check(Check((), 1234)) == "1,234 utterances: all audio exists and can be decoded"


def test_a_decoder_that_dies_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written()(tmp_path / "a.wav")
    monkeypatch.setattr("plion.data.checking.check.examine", lambda path: os._exit(1))
    with pytest.raises(InputError, match=r"a process died .* while it decoded .*a\.wav"):
        checked(tmp_path, row("a.wav", SECONDS))
