"""Requeue the SLURM job that this process runs in before its time limit."""

import os
import subprocess
import sys

OWNER = "PLION_REQUEUED_BY"  # set in worker processes: the study that started them requeues


def in_job() -> bool:
    """Whether this process runs in a SLURM job."""
    return "SLURM_JOB_ID" in os.environ


def requeue() -> None:
    """Requeue this process's job; print a message if that fails.

    A worker of a study leaves it to the study, which first waits for all its workers: requeueing
    kills every process of the job.
    """
    if OWNER in os.environ:
        return
    array, task = (os.environ.get(f"SLURM_ARRAY_{one}_ID") for one in ("JOB", "TASK"))
    job = f"{array}_{task}" if array else os.environ["SLURM_JOB_ID"]
    try:
        subprocess.run(["scontrol", "requeue", job], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"plion: could not requeue job {job}, submit it again: {error}", file=sys.stderr)
