"""What converting and loading a checkpoint of the published 0.6B shape takes in memory."""

import json
import multiprocessing
import re
import shutil
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from shapes import SMALL

from plion.models.locate import MINI

GIGABYTE = 1e9
STATUS = Path("/proc/self/status")


def write_model(folder: Path) -> None:
    """Random weights of the 0.6B shape in bfloat16, one tensor at a time, in the `hf` layout."""
    import torch
    from transformers import Qwen3ASRConfig, Qwen3ASRForConditionalGeneration

    from plion.models.folders.promises import shapes
    from plion.models.folders.safetensors import size
    from plion.models.folders.shards import write_weights
    from plion.models.folders.tensors import Held
    from plion.models.qwen3_asr.files.checkpoint import HEAD

    class Random(Held):
        """Drawn when it is written."""

        def blocks(self) -> Iterator[memoryview]:
            drawn = torch.randn(self.tensor.shape, dtype=torch.bfloat16)
            yield from Held(drawn).blocks()

    shutil.copytree(MINI, folder)
    (folder / "model.safetensors").unlink()
    config = Qwen3ASRConfig(**SMALL, audio_token_id=5, pad_token_id=0, eos_token_id=[0, 2])
    promised = shapes(Qwen3ASRForConditionalGeneration, config, HEAD)
    config.dtype = torch.bfloat16
    (folder / "config.json").write_text(json.dumps(config.to_dict()))
    processor = json.loads((folder / "processor_config.json").read_text())
    processor["feature_extractor"]["feature_size"] = 128
    (folder / "processor_config.json").write_text(json.dumps(processor))
    empty = {
        name: Random(torch.empty(shape, dtype=torch.bfloat16, device="meta"))
        for name, shape in promised.items()
    }
    assert sum(map(size, empty.values())) > 1.5 * GIGABYTE
    write_weights(empty, folder)


def imported(_: Path, results: Connection) -> None:
    """Sends what the libraries alone take."""
    import plion.models.converting  # noqa: F401

    results.send((0.0, _peak()))


def converted(folder: Path, results: Connection) -> None:
    """Converts there and back, and sends seconds and bytes at most."""
    from plion.models.converting import convert

    started = time.perf_counter()
    there = convert(str(folder), folder.with_name("there"), "qwen-asr")
    seconds = time.perf_counter() - started
    results.send((seconds, _peak()))
    back = convert(str(there), folder.with_name("back"), "hf")
    same = (back / "model.safetensors").read_bytes() == (folder / "model.safetensors").read_bytes()
    results.send(same)


def loaded(folder: Path, results: Connection) -> None:
    """Loads what was converted in the type it is stored in, and sends seconds and bytes at most."""
    import torch

    from plion.models.qwen3_asr.files.checkpoint import load_checkpoint

    started = time.perf_counter()
    model = load_checkpoint(str(folder.with_name("there")), dtype=torch.bfloat16).model
    assert sum(one.count_nonzero() > 0 for one in model.parameters())  # read from the disk by now
    assert model.num_parameters() == 782_426_112
    results.send((time.perf_counter() - started, _peak()))


def in_another_process(function: Callable[[Path, Connection], None], folder: Path) -> Connection:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    context.Process(target=function, args=(folder, sender)).start()
    sender.close()
    return receiver


@pytest.mark.bench
@pytest.mark.skipif(not STATUS.exists(), reason="peak memory is read from Linux's /proc")
def test_converting_takes_less_memory_than_the_file(tmp_path: Path) -> None:
    write_model(tmp_path / "model")
    size = (tmp_path / "model" / "model.safetensors").stat().st_size
    libraries = in_another_process(imported, tmp_path / "model").recv()[1]
    results = in_another_process(converted, tmp_path / "model")
    seconds, peak = results.recv()
    assert results.recv(), "there and back it is another file"
    loading, whole = in_another_process(loaded, tmp_path / "model").recv()
    print(
        f"\na file of {size / GIGABYTE:.2f} GB, bfloat16; the libraries alone take "
        f"{libraries / GIGABYTE:.2f} GB"
        f"\nconverting: {seconds:.1f} s, at most {peak / GIGABYTE:.2f} GB ({peak / size:.2f} of it)"
        f"\nloading it converted: {loading:.1f} s, at most {whole / GIGABYTE:.2f} GB "
        f"({whole / size:.2f} of it)"
    )
    assert peak < 1.3 * size and whole < 2 * size


def _peak() -> int:
    """Bytes in memory at most; of `getrusage`'s figure a part is the parent's."""
    (kilobytes,) = re.findall(r"^VmHWM:\s+(\d+) kB", STATUS.read_text(), re.MULTILINE)
    return 1024 * int(kilobytes)
