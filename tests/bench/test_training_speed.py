"""`plion train` beside the official recipe's loop, and what each measure contributes."""

from pathlib import Path

import pytest
import tabulate
from rungs import THREADS, counted, interleaved, speed
from simulated_corpora import write_corpora, write_model

# Batches a round, and rounds.
PLAN = {
    "official": (3, 2),
    **dict.fromkeys(("batching", "logits", "features", "layout"), (3, 1)),
    "plion": (6, 2),
}


@pytest.mark.bench
def test_training_beside_the_official_loop(tmp_path: Path) -> None:
    write_corpora(tmp_path / "data")
    write_model(tmp_path / "small", "small")
    found = interleaved(PLAN, tmp_path, "small")
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
    memory = last["gigabytes"] / first["gigabytes"]
    timed, of_all = counted(first, last)
    print(
        f"\n20.4 M parameters, float32, {THREADS} threads, the first and the last row the faster "
        "of two rounds; each row has what those above it have; GB of the step that takes most\n"
        + tabulate.tabulate(rows, header, floatfmt=".2f")
        + f"\nratio {speed(last) / speed(first):.2f} (wanted: 3.5); "
        f"memory {memory:.2f} of the official loop's (wanted: at most 0.5)\n"
        f"ratio of counted multiply-adds: {timed:.2f} of the batches timed, {of_all:.2f} of all"
    )
    assert timed > 1 and of_all > 1
    assert memory <= 0.5
