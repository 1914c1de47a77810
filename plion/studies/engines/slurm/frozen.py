"""Frozen jobs: what the elements of a SLURM array run, whatever happens to the study's files.

A folder has the complete configuration of every job, and `jobs.json`, which lists them in order.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import plion
from plion.runs.provenance import source_hash
from plion.studies.engines.engine import Job
from plion.system.documents import read_json
from plion.system.files import atomic_write
from plion.system.kinds import made

_LIST = "jobs.json"


@dataclass(frozen=True)
class FrozenJob:
    """A job: what it does, its run's name and hash, and its configuration file in the folder."""

    verb: Literal["train", "evaluate"]
    name: str
    hash8: str
    config: str


@dataclass(frozen=True)
class Frozen:
    """Jobs in order. `source`: hash of plion's code. `retries`: of a failed job."""

    source: str
    retries: int
    jobs: list[FrozenJob]


def own_source() -> str:
    """The hash of the code of this plion."""
    return source_hash(Path(plion.__file__).parent)


def freeze(folder: Path, jobs: Sequence[Job], retries: int) -> None:
    """Copies the configurations of jobs into a folder, which must exist, and lists them there."""
    rows = []
    for number, job in enumerate(jobs):
        row = FrozenJob(job.verb, job.name, job.hash8, f"{number:05d}-{job.name}.yaml")
        atomic_write(folder / row.config, job.config.read_text(encoding="utf-8"))
        rows.append(row)
    frozen = Frozen(own_source(), retries, rows)
    atomic_write(folder / _LIST, json.dumps(asdict(frozen), indent=2, ensure_ascii=False) + "\n")


def read_frozen(folder: Path) -> Frozen:
    """The list of a folder. Raises InputError if it is missing or damaged."""
    return made(Frozen, read_json(folder / _LIST, Frozen))


def newer(record: Path, folder: Path) -> bool:
    """Whether a file was written since jobs were frozen in a folder, by the clock of their disk."""
    return record.stat().st_mtime_ns > (folder / _LIST).stat().st_mtime_ns
