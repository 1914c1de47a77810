"""`plion ablate` in a process of its own, whose workers and which itself are killed."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from plion.runs.folder import RunFolder


def twelve_cells(hours: float, **keys: int) -> str:
    """An ablation file of twelve cells of mini12, of so many hours of audio; `keys`: further ones.

    To be written where the current directory is the repository's.
    """
    further = "".join(f"{key}: {value}\n" for key, value in keys.items())
    return f"""
question: Do kills change anything?
base: {Path("experiments/mini.yaml").resolve()}
hold: {{quantity: audio_hours, amount: {hours}}}
axes:
  sampler:
    proportional: {{sampler.name: proportional}}
    temperature-3: {{sampler.name: temperature, sampler.temperature.T: 3}}
    balanced: {{sampler.name: balanced}}
  tag.train: [predict, none]
seeds: [0, 1]
suite: mini12
{further}"""


class Grid:
    """The runs of an ablation file in a root of their own, by `plion ablate`."""

    def __init__(self, file: Path, runs: Path, *options: str) -> None:
        self.file, self.runs, self.options = file, runs, options
        self.driver: subprocess.Popen[bytes] | None = None

    def start(self) -> subprocess.Popen[bytes]:
        """Starts the driver; its output goes to a file beside the runs."""
        self.runs.mkdir(parents=True, exist_ok=True)
        command = ("-m", "plion", "ablate", self.file, f"trainer.runs={self.runs}", *self.options)
        with (self.runs / "output.txt").open("ab") as output:
            self.driver = subprocess.Popen(
                [sys.executable, *map(str, command)], stdout=output, stderr=output
            )
        return self.driver

    def finish(self, seconds: float) -> int:
        """Runs the driver, if it does not run yet, to its end; returns its status."""
        return (self.driver or self.start()).wait(seconds)

    def kill(self) -> None:
        """Kills the driver."""
        assert self.driver
        self.driver.kill()
        self.driver.wait()
        self.driver = None

    def workers(self) -> list[int]:
        """The driver's worker processes that run."""
        assert self.driver
        return [
            int(path.name)
            for path in Path("/proc").glob("[0-9]*")
            if _of(path, "status", f"\nPPid:\t{self.driver.pid}\n")
            and _of(path, "cmdline", "plion.training.worker")
        ]

    def kill_worker(self, chance: random.Random) -> None:
        """Kills one of the driver's workers, if it has any now."""
        if found := self.workers():
            os.kill(chance.choice(found), signal.SIGKILL)

    def cells(self) -> list[RunFolder]:
        """The runs that were begun."""
        return [RunFolder(path.parent) for path in sorted(self.runs.glob("*/run.json"))]

    def said(self) -> str:
        """What the driver printed."""
        return (self.runs / "output.txt").read_text()

    def results(self) -> dict[str, bytes]:
        """Metrics and predictions of all runs."""
        return {str(path.relative_to(self.runs)): path.read_bytes() for path in _figures(self.runs)}

    def attempts(self) -> Sequence[int]:
        """How often each run was begun, by its record."""
        return [cell.read().attempts or 0 for cell in self.cells()]


def _figures(runs: Path) -> Iterator[Path]:
    yield from sorted(runs.glob("*/metrics*.json"))
    yield from sorted(runs.glob("*/predictions/**/*.jsonl"))


def _of(process: Path, name: str, text: str) -> bool:
    try:
        return text in (process / name).read_text().replace("\0", " ")
    except OSError:  # it has ended
        return False
