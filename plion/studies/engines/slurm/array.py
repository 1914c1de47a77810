"""`plion ablate --engine slurm`: submits the jobs of a study as a SLURM array, and returns.

The study waits for nothing: elements write run folders on the shared disk, which `--status`,
`plion watch` and `plion results` read. SLURM's queue says which jobs an earlier call has left to
run; plion keeps no lease of its own.
"""

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from plion.errors import InputError
from plion.studies.engines.choice import Choice
from plion.studies.engines.engine import Job
from plion.studies.engines.slurm.frozen import freeze, read_frozen
from plion.studies.engines.slurm.script import Array, sbatch_lines
from plion.system.documents import read_json
from plion.system.files import atomic_write
from plion.system.kinds import made

_SCRIPT, _SUBMITTED = "array.sh", "array.json"
_ELEMENTS = 1001  # SLURM's own default of MaxArraySize


@dataclass(frozen=True)
class _Submitted:
    """An array that SLURM has taken: its job's number, and how many elements share the jobs."""

    job: str
    elements: int


def submit(study: Path, name: str, jobs: Sequence[Job], choice: Choice, *, retries: int = 0) -> str:
    """Submits unfinished jobs of a study; returns what the user should know.

    `study`: its folder. `retries`: how often an element runs a failed job again. Leaves out jobs
    of elements that are still queued or running since an earlier call. Raises InputError if there
    is no SLURM here or it refuses the array, and for a file of `#SBATCH` lines that is wrong.
    """
    if not shutil.which("sbatch"):
        raise InputError(
            "--engine slurm needs sbatch, which is not on PATH: call plion where SLURM's commands "
            "are, as on a login node"
        )
    lines = sbatch_lines(choice.sbatch) if choice.sbatch else []
    folder, title = study / "slurm", f"plion-{name}"
    queued = _queued(folder, title)
    todo = [job for job in jobs if (job.verb, job.hash8) not in queued]
    told = _waiting(name, {queued[one.verb, one.hash8] for one in jobs if one not in todo})
    if not todo:
        return told
    elements = min(len(todo), choice.elements or len(todo), _largest_array())
    number = 1 + max((int(path.name) for path in folder.glob("[0-9]*")), default=0)
    own = folder / str(number)
    own.mkdir(parents=True)
    try:
        freeze(own, todo, retries)
        atomic_write(own / _SCRIPT, Array(title, elements, own, lines).script())
        answer = _asked("sbatch", "--parsable", str(own / _SCRIPT))
    except InputError:
        shutil.rmtree(own)
        raise
    submitted = _Submitted(answer.strip().partition(";")[0], elements)
    atomic_write(own / _SUBMITTED, json.dumps(asdict(submitted)) + "\n")
    return "\n".join(
        filter(None, (told, _watching(study, own, submitted, f"{name}: {len(todo)} runs")))
    )


def _waiting(name: str, jobs: set[str]) -> str:
    """A line on arrays that have runs of this call, empty if there are none."""
    if not jobs:
        return ""
    listed = ", ".join(sorted(jobs))
    return (
        f"{name}: SLURM's job {listed} is queued or running with runs that are left; they are not "
        f"submitted again (scancel {listed} takes them back)"
    )


def _watching(study: Path, own: Path, submitted: _Submitted, what: str) -> str:
    job = submitted.job
    return (
        f"{what} submitted as SLURM's job {job}, an array of {submitted.elements}; its jobs, "
        f"script and logs are in {own}\n"
        f"see: plion watch {study}; squeue --job {job}; to stop it: scancel {job}"
    )


def _queued(folder: Path, title: str) -> dict[tuple[str, str], str]:
    """Jobs, as verb and hash, of elements that are queued or running, and their array's number."""
    arrays = {}
    for path in folder.glob(f"*/{_SUBMITTED}"):
        submitted = made(_Submitted, read_json(path, _Submitted))
        arrays[submitted.job] = submitted, path.parent
    if not arrays:
        return {}
    found: dict[tuple[str, str], str] = {}
    lines = _asked("squeue", "--noheader", "--array", f"--name={title}", "--format=%F %K")
    for line in lines.splitlines():
        job, element = line.split()
        if job in arrays:
            submitted, own = arrays[job]
            for one in read_frozen(own).jobs[int(element) :: submitted.elements]:
                found[one.verb, one.hash8] = job
    return found


def _largest_array() -> int:
    """How many elements SLURM allows an array (MaxArraySize)."""
    for line in _asked("scontrol", "show", "config").splitlines():
        key, _, value = line.partition("=")
        if key.strip() == "MaxArraySize":
            return int(value)
    return _ELEMENTS


def _asked(*command: str) -> str:
    """The output of a command of SLURM's; InputError with its words if it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise InputError(f"{command[0]} cannot be run: {error.strerror}") from error
    if done.returncode:
        said = [line.rpartition("error: ")[2].strip() for line in done.stderr.splitlines()]
        words = "; ".join(filter(None, said)) or f"exit status {done.returncode}"
        raise InputError(f"SLURM's {command[0]} refuses: {words}")
    return done.stdout
