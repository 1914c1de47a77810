"""The step of `plion train`, without Lightning, under torch's profiler; the peak of matrix work.

`python profiled.py FOLDER SHAPE [key=value ...]` prints the table, then a line of JSON.
"""

import json
import resource
import sys
import time
from pathlib import Path

import torch
from official import SECONDS, all_batches, works
from simulated_corpora import settings
from torch.profiler import profile

from plion.loading.batches import TrainCollator
from plion.loading.clips import Clips
from plion.models.device import keep_freed_memory
from plion.planning.base_model import targets_of
from plion.planning.planned_run import mixture_plan
from plion.training.fit import recognizer

_SIZE, _ROUNDS = 4096, 3
_MATRIX = ("aten::mm", "aten::addmm", "aten::bmm", "aten::mkldnn_convolution",
           "aten::convolution_backward")  # fmt: skip


def gemm_peak(dtype: torch.dtype) -> float:
    """Multiply-adds a second of a square matrix product, the best of a few."""
    one, other = (torch.randn(_SIZE, _SIZE).to(dtype) for _ in range(2))
    seconds = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        one @ other
        seconds.append(time.perf_counter() - started)
    return float(_SIZE**3 / min(seconds))


def main(folder: Path, shape: str, *overrides: str) -> None:
    exp = settings(
        folder / "data",
        str(folder / shape),
        folder / "runs",
        "hold.amount=2",
        f"batch.seconds={SECONDS[shape]}",
        *overrides,
    )
    torch.set_num_threads(exp.trainer.threads)
    keep_freed_memory()
    planned = mixture_plan(exp)
    loaded, module = recognizer(planned)
    optimizer = module.configure_optimizers()["optimizer"]  # type: ignore[index,call-overload]
    collator = loaded.collator(targets_of(exp))
    clips = Clips(planned.utterances.__getitem__, collator.features)
    collate = TrainCollator(collator.example)

    def step() -> None:
        keys = zip(*(part.tolist() for part in planned.plan.batch(0)), strict=True)
        example = collate([clips[key] for key in keys]).example
        assert example is not None
        sums = module.sums(example)
        (sums.loss / sums.tokens).backward()
        optimizer.step()
        optimizer.zero_grad()

    step()
    dtype = torch.bfloat16 if exp.trainer.precision == "bf16-true" else torch.float32
    # In turn, since other guests of a machine slow it down for minutes; the best of each.
    peaks, seconds = [], []
    for _ in range(_ROUNDS):
        peaks.append(gemm_peak(dtype))
        started = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - started)
    with profile() as profiled:
        step()
    averages = profiled.key_averages()
    print(averages.table(sort_by="self_cpu_time_total", row_limit=15, max_name_column_width=45))
    total = sum(one.self_cpu_time_total for one in averages)
    matrix = sum(one.self_cpu_time_total for one in averages if one.key in _MATRIX)
    work = float(works("plion", all_batches("plion", planned, 0)[:1], exp)[0])
    found = {
        "utilisation": 3 * work / min(seconds) / max(peaks),
        "matrix_share": matrix / total,
        "utterances": int(planned.plan.bounds[1]),
        "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
