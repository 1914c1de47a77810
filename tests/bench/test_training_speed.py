"""`plion train` beside the official recipe's loop, and what each measure contributes."""

import shutil
from pathlib import Path

import pytest
import tabulate
from rungs import THREADS, measure, speed
from simulated_corpora import write_corpora, write_model

COUNTS = {"official": 4, "batching": 6, "logits": 6, "features": 6, "layout": 6, "plion": 6}


@pytest.mark.bench
def test_training_beside_the_official_loop(tmp_path: Path) -> None:
    write_corpora(tmp_path / "data")
    write_model(tmp_path / "small", "small")
    found = {}
    for rung, count in COUNTS.items():
        found[rung] = measure(rung, tmp_path, "small", count)
        shutil.rmtree(tmp_path / f"runs-{rung}", ignore_errors=True)
    first = found["official"]
    rows = [
        [
            rung,
            one["utterances"] / one["batches"],
            speed(one),
            speed(one) / speed(first),
            speed(one, "processor_seconds") / speed(first, "processor_seconds"),
            one["gigabytes"],
        ]
        for rung, one in found.items()
    ]
    header = ("", "utterances a batch", "audio s/s", "ratio", "ratio by processor time", "GB")
    last = found["plion"]
    print(
        f"\n20.4 M parameters, float32, {THREADS} threads; each row has what those above it have\n"
        + tabulate.tabulate(rows, header, floatfmt=".2f")
        + f"\nratio {speed(last) / speed(first):.2f} (wanted: 3.5); "
        f"memory {last['gigabytes'] / first['gigabytes']:.2f} of the official loop's (wanted: 0.5)"
    )
    assert last["audio_seconds"] > 0
