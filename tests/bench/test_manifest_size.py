"""What a manifest of a million rows takes in time and memory, in one process and in a second."""

import json
import multiprocessing
import pickle
import re
import resource
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from plion.data.manifest import Manifest, read_manifest

ROWS = 1_000_000
TEXTS = (
    "Seven rivers open today, teacher, because the morning is little.",
    "அம்மா வீடு பார்த்தாள். இன்று மரம் பார்த்தாள், இன்று வீடு.",
    "老师今天看见苹果。书今天看见老师。",
)
MEMORY = Path("/proc/self/smaps_rollup")


def private() -> float:
    """Megabytes of memory that this process shares with no other."""
    kilobytes = re.findall(r"^Private_\w+: +(\d+) kB", MEMORY.read_text(), re.MULTILINE)
    return sum(map(int, kilobytes)) / 1024


def read_rows(source: Manifest | bytes, results: Connection) -> None:
    """Reads every row by number, as a loader does, and sends what memory that added."""
    before, started = private(), time.perf_counter()
    manifest: Manifest = pickle.loads(source) if isinstance(source, bytes) else source
    rows = sum(manifest[number].duration > 0 for number in range(len(manifest)))
    results.send((rows, private() - before, time.perf_counter() - started))


def load(path: Path, results: Connection) -> None:
    """Loads the manifest, and has a forked and a spawned process read it; sends the figures."""
    started = time.perf_counter()
    manifest = read_manifest(path)
    seconds = time.perf_counter() - started
    results.send((seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
    results.send(in_another_process("fork", read_rows, manifest).recv())
    results.send(in_another_process("spawn", read_rows, pickle.dumps(manifest)).recv())


def in_another_process(method: str, function: Callable[..., None], source: object) -> Connection:
    """Starts a function in a process made by `fork` or `spawn`; returns where its results come."""
    context = multiprocessing.get_context(method)
    receiver, sender = context.Pipe(duplex=False)
    context.Process(target=function, args=(source, sender)).start()  # type: ignore[attr-defined]
    sender.close()
    return receiver


@pytest.mark.bench
@pytest.mark.skipif(not MEMORY.exists(), reason="private memory is read from Linux's /proc")
def test_a_manifest_of_a_million_rows(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(ROWS):
            name = f"part1-{number:09}"
            row = {
                "id": name, "audio": f"audio/{number % 3000:04}/{name}.wav",
                "text": TEXTS[number % 3], "language": "en", "dataset": "nsc",
                "duration": 1 + number % 1900 / 100, "speaker": f"part1-{number % 3000:04}",
                "block": f"part1-{number % 3000:04}", "sentence": f"{number % 9000}",
            }  # fmt: skip
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    results = in_another_process("spawn", load, path)  # where nothing has loaded torch
    seconds, resident = results.recv()
    print(
        f"\n{ROWS:,} rows, {path.stat().st_size / 1e6:.0f} MB: loaded in {seconds:.1f} s, "
        f"{resident:.0f} MB resident at most"
    )
    assert resident < 600
    for method in ("fork", "spawn"):
        rows, added, seconds = results.recv()
        print(
            f"every row read in a second process ({method}): {seconds:.0f} s, "
            f"{added:.1f} MB of private memory added"
        )
        assert rows == ROWS and added < 20
