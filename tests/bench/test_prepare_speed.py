"""How fast a corpus of many short files is prepared, and in how much memory: `make bench`."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

SAMPLES = 8_000  # half a second
SPEAKERS = 638
PREPARE = """
import json, resource, sys, time
from pathlib import Path
from plion.data.preparing.prepare import prepare

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

before, start = peak(), time.perf_counter()
report = prepare("slr127", Path(sys.argv[1]), Path(sys.argv[2]))
seconds = time.perf_counter() - start
made = sum(split.utterances for split in report.splits.values())
print(json.dumps({"utterances": made, "seconds": seconds, "grown": peak() - before}))
"""


def mile(folder: Path, utterances: int) -> Path:
    """SLR127 as published: an eighth is test."""
    soundfile.write(folder / "one.wav", np.zeros(SAMPLES, np.int16), 16_000)
    wave = (folder / "one.wav").read_bytes()
    source = folder / "mile_tamil_asr_corpus"
    for part in ("train", "test"):
        for kind in ("audio_files", "trans_files"):
            (source / part / kind).mkdir(parents=True)
    for number in range(utterances):
        part = source / ("train" if number % 8 else "test")
        stem = f"MILE_{number % SPEAKERS:07d}_{number:07d}"
        (part / "audio_files" / f"{stem}.wav").write_bytes(wave)
        (part / "trans_files" / f"{stem}.txt").write_text("ஒன்று இரண்டு மூன்று", "utf-8")
    return source


@pytest.mark.bench
@pytest.mark.parametrize("utterances", [10_000, 100_000])
def test_preparing_short_files(tmp_path: Path, utterances: int) -> None:
    source = mile(tmp_path, utterances)
    command = [sys.executable, "-c", PREPARE, str(source), str(tmp_path / "out")]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    figures = json.loads(result.stdout)
    assert figures["utterances"] == utterances
    print(
        f"\nprepare: {utterances:,} files in {figures['seconds']:.1f} s, "
        f"{utterances / figures['seconds']:,.0f} a second, {figures['grown']:.0f} MB more"
    )
