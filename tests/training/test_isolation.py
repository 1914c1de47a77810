"""Cells in one process: each gives the bits that it has in a process of its own."""

import logging
import os
import random
import signal
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from endings import outcome
from processes import _CONTEXT, Start
from tiny import Tiny

from plion.runs.folder import RunFolder
from plion.studies.engines.engine import Job
from plion.studies.engines.process import WorkerProcess
from plion.training.isolation import isolated

# What changes most between cells: precision, threads, loaders, features, and how one ends.
OTHERS = {
    "other": (
        "trainer.threads=2",
        "trainer.precision=bf16-true",
        "trainer.workers=1",
        "data.augment.speed=[0.9,1.1]",
        "data.augment.masks.time=1",
        "sampler.name=balanced",
        "tag.train=none",
        "seed=7",
    ),
    "failing": ("optim.lr=1e30", "trainer.workers=1", "seed=8"),
}


def state() -> dict[str, Any]:
    """What a cell may change, and another's bits may depend on."""
    warned = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.warn_explicit("once", UserWarning, "cell.py", 1, registry=_REGISTRY)
        warned = [str(one.message) for one in caught]
    return {
        "random": random.getstate(),
        "numpy": np.random.get_state()[1].tolist(),  # type: ignore[union-attr]
        "torch": torch.get_rng_state().tolist(),
        "threads": torch.get_num_threads(),
        "dtype": torch.get_default_dtype(),
        "gradients": torch.is_grad_enabled(),
        "matmul": torch.get_float32_matmul_precision(),
        "benchmark": torch.backends.cudnn.benchmark,
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "arguments": list(sys.argv),
        "streams": (sys.stdout, sys.stderr),
        "filters": list(warnings.filters),
        "warned": warned,
        "level": logging.getLogger("plion").level,
        "handlers": list(logging.getLogger().handlers),
        "disabled": logging.root.manager.disable,
        "sigterm": signal.getsignal(signal.SIGTERM),
        "division": np.geterr(),
    }


_REGISTRY: dict[Any, Any] = {}


def spoil(folder: Path) -> None:
    """Changes all of it."""
    random.random(), np.random.rand(), torch.rand(1)
    torch.set_num_threads(torch.get_num_threads() + 1)
    torch.set_default_dtype(torch.float64)
    torch.set_grad_enabled(False)
    torch.set_float32_matmul_precision("medium")
    torch.backends.cudnn.benchmark = True
    torch.use_deterministic_algorithms(True)
    os.environ["PL_GLOBAL_SEED"] = "1"
    del os.environ["HOME"]
    os.chdir(folder)
    sys.argv = ["other"]
    sys.stdout = sys.stderr
    warnings.simplefilter("once")
    warnings.warn_explicit("once", UserWarning, "cell.py", 1, registry=_REGISTRY)
    warnings.simplefilter("ignore")
    logging.getLogger("plion").setLevel(logging.CRITICAL)
    logging.getLogger().addHandler(logging.NullHandler())
    logging.disable(logging.WARNING)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    np.seterr(divide="raise")


def test_what_a_cell_changes_is_put_back_however_it_ends(tmp_path: Path) -> None:
    before = state()
    with pytest.raises(ZeroDivisionError), isolated(["plion", "train"]):
        assert sys.argv == ["plion", "train"]
        spoil(tmp_path)
        raise ZeroDivisionError
    after = state()
    assert {name for name in before if before[name] != after[name]} == set()


def test_a_cell_whose_log_cannot_be_written_keeps_its_outcome(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("trainer: {threads: 0}\n")
    (tmp_path / "train.log").symlink_to("/dev/full")
    worker = WorkerProcess({"CUDA_VISIBLE_DEVICES": ""})
    worker.run(Job("a", "train", config, "00000000", ("train", str(config))))
    while (ended := worker.poll()) is None:
        time.sleep(0.1)
    assert ended.status == 2 and "trainer.threads" in ended.told
    assert worker.idle
    worker.close()
    worker.wait(60)


def _cells(starts: list[Start], outcomes: Any) -> None:
    """Runs cells one after another in this process, as a worker does."""
    from plion.training import worker

    for start in starts:
        order = {
            "verb": "train",
            "config": str(start.config),
            "log": str(start.home / "train.log"),
            "command": ["train", str(start.config)],
        }
        with worker._around(order):
            outcomes.put(worker._work(order))


@pytest.mark.resume
def test_cells_give_equal_bits_after_others_and_in_processes_of_their_own(
    tiny: Tiny, tmp_path: Path, settings: tuple[str, ...]
) -> None:
    short = ("batch.per_step=1", "hold.amount=3", "evaluate.tokens_per_second=1")
    short += ("trainer.validations=1", "data.exclude=[slr65]")
    cells = {name: Start.of(tiny, tmp_path / name, *settings, *short) for name in ("one", "two")}
    others = {
        name: Start.of(tiny, tmp_path / name, *settings, *short, *own)
        for name, own in OTHERS.items()
    }
    alone = {
        name: Start.of(tiny, tmp_path / f"alone-{name}", *settings, *short, *own)
        for name, own in (("one", ()), ("other", OTHERS["other"]))
    }
    outcomes: Any = _CONTEXT.SimpleQueue()
    order = [cells["one"], others["other"], others["failing"], cells["two"]]
    process = _CONTEXT.Process(target=_cells, args=(order, outcomes))
    process.start()
    process.join(600)
    assert [outcomes.get()[0] for _ in order] == [0, 0, 1, 0]
    for start in alone.values():
        assert start.train(1) == [0]
    found = {name: outcome(start.folder) for name, start in {**cells, **others}.items()
             if name != "failing"}  # fmt: skip
    assert found["one"] == outcome(alone["one"].folder)
    assert found["two"] == found["one"]
    assert found["other"] == outcome(alone["other"].folder)
    assert RunFolder(others["failing"].folder.path).read().status == "failed"
