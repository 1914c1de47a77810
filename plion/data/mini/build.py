"""Synthesise mini12, or the corpora of its base model, from a seed: `plion data mini`.

Every corpus of mini12 is written below `published` in the layout of the real one, and prepared from
there by its reader. The same seed gives the same bytes. A finished folder has `mini.json`; it is
made under another name and renamed at the end, so that a folder that exists is complete.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from tqdm import tqdm

from plion.data.manifest import read_manifest
from plion.data.mini.processes import fresh_processes
from plion.data.mini.publishers import plain
from plion.data.mini.publishers.catalogue import PUBLISHERS
from plion.data.mini.publishers.publication import File
from plion.data.mini.speech.corpora import BASE, MINI12
from plion.data.mini.speech.synthesis import Draws, synthesise
from plion.data.preparing.prepare import prepare
from plion.errors import InputError
from plion.runs.claims import alone
from plion.system.documents import read_json
from plion.system.files import disk_full

VERSION = "mini12-2"
BASE_VERSION = "mini-base-1"


@dataclass(frozen=True)
class _Job:
    """The job of making one corpus below `folder`, in a process of its own."""

    draws: Draws
    folder: Path

    def __str__(self) -> str:
        return self.draws.corpus.key


class _Made(TypedDict):
    """The content of mini.json."""

    version: str
    seed: int


def make_mini(out: Path, seed: int = 0, *, base: bool = False, processes: int = 2) -> Path:
    """Synthesise the corpora into `out/KEY/{train,valid,test}.jsonl`, with audio beside them.

    Keeps a folder that already has the same version and seed. Raises InputError if `out` exists and
    is anything else, and if the disk is full.
    """
    if seed < 0:
        raise InputError(f"--seed must be 0 or more, not {seed}")
    version = BASE_VERSION if base else VERSION
    making = out.with_name(f".{out.name}.making")
    if not out.exists():
        with disk_full(out), alone(making):
            try:
                if not out.exists():  # another process may have made it meanwhile
                    _make(out, making / "corpora", version, seed, base=base, processes=processes)
            finally:
                shutil.rmtree(making, ignore_errors=True)
    return _existing(out, version, seed)


def _make(out: Path, draft: Path, version: str, seed: int, *, base: bool, processes: int) -> None:
    shutil.rmtree(draft, ignore_errors=True)  # left by a process that was killed
    jobs = [_Job(Draws(row, seed, base), draft) for row in (BASE if base else MINI12)]
    _make_all(jobs, processes)
    record = {"version": version, "seed": seed, "sha256": content_hash(draft)}
    (draft / "mini.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    os.replace(draft, out)


def content_hash(folder: Path) -> str:
    """SHA-256 over names and bytes of every manifest `folder/KEY/*.jsonl` and its audio."""
    folder = folder.absolute()
    manifests = list(folder.glob("*/*.jsonl"))
    audio = {Path(one.audio) for path in manifests for one in read_manifest(path)}
    digest = hashlib.sha256()
    for path in sorted([*manifests, *audio]):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _existing(out: Path, version: str, seed: int) -> Path:
    record = out / "mini.json"
    if not record.is_file():
        raise InputError(f"{out} exists and was not made by `plion data mini`: name another --out")
    found = read_json(record, _Made, f"remove {out}, and it is made again")
    made = (found["version"], found["seed"])
    if made != (version, seed):
        raise InputError(
            f"{out} holds {made[0]} of seed {made[1]}, not {version} of seed {seed}:"
            " remove it or name another --out"
        )
    return out


def _make_all(jobs: Sequence[_Job], processes: int) -> None:
    sizes = {job.draws.corpus.key: sum(job.draws.corpus.sizes.values()) for job in jobs}
    largest_first = sorted(jobs, key=lambda job: -sizes[job.draws.corpus.key])
    with tqdm(total=sum(sizes.values()), unit="utt", desc="synthesis") as bar:
        for key in fresh_processes(_make_corpus, largest_first, processes):
            bar.update(sizes[key])


def _make_corpus(job: _Job) -> str:
    """Synthesise, publish and prepare a corpus; return its key."""
    corpus = job.draws.corpus
    spoken = synthesise(job.draws)
    if job.draws.base:
        _write(job.folder / corpus.key, plain.publish(corpus, spoken))
        return corpus.key
    source = job.folder / "published" / corpus.key
    _write(source, PUBLISHERS[corpus.key](corpus, spoken))
    with open(os.devnull, "w") as nowhere, redirect_stderr(nowhere):  # the bars of each corpus
        prepare(corpus.key, source, job.folder, corpus.split)
    return corpus.key


def _write(folder: Path, files: Iterable[File]) -> None:
    for name, content in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
