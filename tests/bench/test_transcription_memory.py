"""An hour of audio through `plion transcribe mini`: its memory beside five minutes', its times.

The recordings are utterances of mini12's test sets in the languages that the packaged model knows,
with pauses of 0.7 to 2 s of faint noise between them, so it is known where each begins.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

DATA = Path("data/mini12")
KEYS = ("librispeech", "nsc", "aishell1", "fleurs_zh")
RATE = 16_000
MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Transcribed:
    """Segments of a recording, the most memory that it took, and seconds, the start included."""

    segments: list[dict[str, float | str]]
    megabytes: float
    seconds: float


def write(path: Path, seconds: float) -> list[float]:
    """Writes a recording of at least so many seconds; where each utterance begins."""
    from plion.data.manifest import read_manifest
    from plion.loading.audio import read_audio

    rng = np.random.default_rng(0)
    clips = [read_audio(one) for key in KEYS for one in read_manifest(DATA / key / "test.jsonl")]
    starts, at = [], 0
    with soundfile.SoundFile(path, "w", RATE, 1) as file:
        while at < seconds * RATE:
            pause = rng.standard_normal(int(rng.uniform(0.7, 2.0) * RATE)) * 1e-3
            clip = clips[rng.integers(len(clips))]
            starts.append((at + len(pause)) / RATE)
            file.write(pause)
            file.write(clip)
            at += len(pause) + len(clip)
    return starts


def transcribed(path: Path) -> Transcribed:
    """Transcribes in a process of its own."""
    words = ["transcribe", "mini", str(path), "--format", "jsonl", "trainer.accelerator=cpu"]
    started = time.perf_counter()
    out = path.with_suffix(".jsonl")
    with (
        out.open("wb") as stream,
        subprocess.Popen(
            [sys.executable, "-m", "plion", *words], stdout=stream, stderr=subprocess.DEVNULL
        ) as process,
    ):
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    segments = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    return Transcribed(segments, usage.ru_maxrss * 1024 / MEGABYTE, time.perf_counter() - started)


@pytest.mark.bench
@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted in kilobytes on Linux")
def test_an_hour_takes_the_memory_of_minutes(tmp_path: Path) -> None:
    if not DATA.is_dir():
        pytest.skip("needs `make demo`")
    found = {}
    print()
    for name, minutes in (("short", 5), ("middle", 20), ("hour", 60)):
        starts = write(tmp_path / f"{name}.wav", 60 * minutes)
        one = found[name] = transcribed(tmp_path / f"{name}.wav")
        own = np.array([float(segment["start"]) for segment in one.segments])
        near = np.mean([np.abs(own - start).min() < 0.3 for start in starts])
        print(
            f"{minutes:2} min of audio: {one.seconds:.1f} s, {60 * minutes / one.seconds:.0f} "
            f"times as fast as it is spoken, {one.megabytes:.0f} MB; {len(starts)} utterances, "
            f"{len(own)} segments, {near:.1%} of utterances begin within 0.3 s of one"
        )
        assert near > 0.95
    assert found["hour"].megabytes < 1.1 * found["middle"].megabytes
    assert found["hour"].megabytes < 1.2 * found["short"].megabytes
