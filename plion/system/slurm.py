"""The job of SLURM that this process belongs to, put back into the queue before its time is up."""

import os
import subprocess
import sys

OWNER = "PLION_REQUEUED_BY"  # the process that does it for those that it started


def in_job() -> bool:
    """Whether this process runs in a job of SLURM."""
    return "SLURM_JOB_ID" in os.environ


def requeue() -> None:
    """Has this process's job run again; says so where that fails.

    A process of a study leaves it to the study, which waits for all of them: what runs in a job is
    killed when the job is queued again.
    """
    if OWNER in os.environ:
        return
    array, task = (os.environ.get(f"SLURM_ARRAY_{one}_ID") for one in ("JOB", "TASK"))
    job = f"{array}_{task}" if array else os.environ["SLURM_JOB_ID"]
    try:
        subprocess.run(["scontrol", "requeue", job], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"plion: job {job} is not queued again, submit it anew: {error}", file=sys.stderr)
