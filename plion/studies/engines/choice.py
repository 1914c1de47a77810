"""Which engine runs a study: `local`, `ray` or `slurm`, and its options."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from plion.errors import InputError

Name = Literal["local", "ray", "slurm"]
MAPPED = ("data", "base", "runs", "checkpoints")
"""What nodes may have under another path: data.root, model.name, trainer.runs and
trainer.checkpoint_dir."""


@dataclass(frozen=True)
class Choice:
    """The options of `--engine`, as given on the command line.

    `workers`: runs at the same time. `elements`: of `slurm`'s array, None for as many as there are
    runs to do. `address`: Ray's cluster, or `local` for one on this machine. `paths`: where the
    nodes have `data`, `base`, `runs` or `checkpoints`, if elsewhere. `sbatch`: a file of `#SBATCH`
    lines.
    """

    name: Name = "local"
    workers: int = 1
    address: str = "auto"
    paths: Mapping[str, str] = field(default_factory=dict)
    sbatch: Path | None = None
    elements: int | None = None

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise InputError(f"--workers must be 1 or more, not {self.workers}")


LOCAL = Choice()
"""One job at a time, on this machine."""


def choice(
    name: Name,
    workers: int | None,
    address: str | None,
    *,
    maps: Sequence[str],
    sbatch: Path | None,
) -> Choice:
    """The options as the command line has them; InputError for one that the engine lacks."""
    given = {"--address": address, "--map": maps, "--slurm": sbatch}
    own = {"local": (), "ray": ("--address", "--map"), "slurm": ("--slurm",)}[name]
    for option, value in given.items():
        if value and option not in own:
            raise InputError(f"{option} has no meaning with --engine {name}")
    paths: dict[str, str] = {}
    for one in maps:
        key, equals, path = one.partition("=")
        if key not in MAPPED or not path:
            raise InputError(f"--map {one}: give NAME=PATH, with NAME one of {', '.join(MAPPED)}")
        if key in paths:
            raise InputError(f"--map gives {key} twice: {paths[key]} and {path}")
        paths[key] = path
    parallel = 1 if workers is None else workers
    return Choice(name, parallel, address or "auto", paths, sbatch, elements=workers)
