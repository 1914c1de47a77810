"""Runs in processes of their own, as torchrun starts them, that write down what they train on.

They are forked from a process that has torch imported already, which takes most of a start.
"""

import json
import multiprocessing
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from lightning.fabric.plugins.environments.lightning import find_free_network_port
from tiny import Tiny

from plion.config.experiment import load_experiment, to_yaml
from plion.planning.planned_run import mixture_plan
from plion.runs.folder import RunFolder

STATUS = {"exception": 1, "input": 2, "sigterm": 128 + signal.SIGTERM, "kill": -signal.SIGKILL}
_SECONDS = 120  # in which a run of these tests is over, or hangs

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["plion.cli.main", "plion.training.run", "processes"])


@dataclass(frozen=True)
class Halt:
    """How a run ends before its end: as a rank (None: each) comes to one of its batches.

    `others_hang`: the other ranks wait there for ever, as they do on GPUs.
    """

    kind: Literal["exception", "input", "memory", "sigterm", "kill", "hang"]
    batch: int
    rank: int | None = None
    others_hang: bool = False

    def of(self, rank: int) -> "Halt | None":
        """What it is to a rank."""
        if self.rank in (None, rank):
            return self
        return Halt("hang", self.batch) if self.others_hang else None


@dataclass(frozen=True)
class Start:
    """A run's configuration in a folder of its own, to be started again and again."""

    home: Path

    @classmethod
    def of(cls, tiny: Tiny, home: Path, *settings: str) -> "Start":
        home.mkdir(parents=True, exist_ok=True)
        (home / "tiny.yaml").write_text(to_yaml(tiny.experiment(home / "runs", *settings)))
        return cls(home)

    @property
    def config(self) -> Path:
        return self.home / "tiny.yaml"

    @property
    def folder(self) -> RunFolder:
        (path,) = (self.home / "runs").glob("tiny-*")
        return RunFolder(path)

    def output(self, rank: int = 0) -> str:
        """What a rank printed the last time."""
        return (self.home / f"output-{rank}").read_text()

    def train(self, ranks: int, halt: Halt | None = None, *overrides: str) -> list[int | None]:
        """The exit status of every rank; None where one hangs."""
        for path in (*self.home.glob("seen-*"), *self.home.glob("words-*")):
            path.unlink()
        port = find_free_network_port()
        processes = [
            _CONTEXT.Process(target=_rank, args=(self, rank, ranks, port, halt, overrides))
            for rank in range(ranks)
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join(_SECONDS)
        statuses = [process.exitcode for process in processes]
        for process in processes:
            process.kill()
        return statuses

    def seen(self) -> dict[int, list[str]]:
        """The ids that the last start trained on, by their batch's number in the plan."""
        plan = mixture_plan(load_experiment(self.config)).plan
        found = {}
        for path in self.home.glob("seen-*"):
            rank, ranks = map(int, path.name.split("-")[1:])
            dealt = plan.deal(rank, ranks)
            for line in path.read_text().splitlines():
                batch, ids = json.loads(line)
                found[int(dealt[batch])] = ids
        return found

    def words(self, rank: int) -> list[dict[str, int]]:
        """How often a rank had spoken to the others in each way, batch after batch."""
        return [json.loads(line) for line in (self.home / f"words-{rank}").open()]

    def weights(self) -> dict[str, torch.Tensor]:
        """Those of the last checkpoint."""
        path = self.folder.checkpoints / "last.ckpt"
        return dict(torch.load(path, weights_only=True)["state_dict"])


def _rank(
    start: Start, rank: int, ranks: int, port: int, halt: Halt | None, overrides: tuple[str, ...]
) -> None:
    """What one of the processes does."""
    from lightning.fabric.utilities.rank_zero import rank_zero_only

    from plion.cli.main import main

    multiprocessing.set_start_method("fork", force=True)  # of the loaders' workers
    output = os.open(start.home / f"output-{rank}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    if ranks > 1:
        own = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": ranks, "LOCAL_WORLD_SIZE": ranks}
        own |= {"MASTER_PORT": port}
        os.environ |= {"MASTER_ADDR": "127.0.0.1", **{k: str(v) for k, v in own.items()}}
        rank_zero_only.rank = rank  # which was set as it was imported
    if rank:
        _forbid_writing()
    _watch(start.home / f"seen-{rank}-{ranks}", halt and halt.of(rank))
    _listen(start.home / f"words-{rank}")
    settings = [f"trainer.devices={ranks}", *overrides]
    raise SystemExit(main(["train", str(start.config), *settings]))


def _watch(path: Path, halt: Halt | None) -> None:
    """Has the training step write down its utterances, and stop where it is told."""
    from plion.errors import InputError
    from plion.training.step.module import SpeechRecognizer

    step = SpeechRecognizer.training_step

    def training_step(self: SpeechRecognizer, batch: Any, number: int) -> Any:
        if halt and number == halt.batch:
            if halt.kind == "exception":
                raise RuntimeError("stopped by an exception")
            if halt.kind == "input":
                raise InputError("stopped by bad input")
            if halt.kind == "memory":
                raise torch.OutOfMemoryError("stopped by a lack of memory")
            while halt.kind == "hang":
                time.sleep(1)
            os.kill(os.getpid(), signal.SIGTERM if halt.kind == "sigterm" else signal.SIGKILL)
        with path.open("a") as file:
            file.write(json.dumps([number, [one.id for one in batch.seen]]) + "\n")
        return step(self, batch, number)

    SpeechRecognizer.training_step = training_step  # type: ignore[method-assign]


def _listen(path: Path) -> None:
    """Has the training step write down how often its rank has spoken to the others."""
    from plion.training.step.module import SpeechRecognizer

    spoken: Counter[str] = Counter()

    def counted(name: str) -> Callable[..., Any]:
        said = getattr(torch.distributed, name)

        def say(*args: Any, **kwargs: Any) -> Any:
            spoken[name] += 1
            return said(*args, **kwargs)

        return say

    for name in ("all_reduce", "all_gather", "all_gather_object", "barrier", "broadcast",
                 "broadcast_object_list", "reduce", "gather"):  # fmt: skip
        setattr(torch.distributed, name, counted(name))
    step = SpeechRecognizer.training_step

    def training_step(self: SpeechRecognizer, batch: Any, number: int) -> Any:
        with path.open("a") as file:
            file.write(json.dumps(spoken) + "\n")
        return step(self, batch, number)

    SpeechRecognizer.training_step = training_step  # type: ignore[method-assign]


def _forbid_writing() -> None:
    """A run's folder is written to through these alone."""
    from plion.runs import lifecycle
    from plion.system import files
    from plion.training import run
    from plion.training.callbacks import checkpoints

    def never(*_: Any, **__: Any) -> Iterator[None]:
        raise AssertionError("a rank other than 0 has written")

    RunFolder.write = never  # type: ignore[method-assign,assignment]
    for module, name in (
        (files, "replacing"), (checkpoints, "replacing"), (lifecycle, "atomic_write"),
        (run, "alone"), (run, "claim"),
    ):  # fmt: skip
        setattr(module, name, never)
