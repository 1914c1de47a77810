"""An element of a SLURM array: runs every n-th of a study's frozen jobs, from its own number on.

    python -m plion.studies.array_element FOLDER N

SLURM starts it by this name (`--engine slurm`). It writes run folders and nothing else. When SLURM
warns it by SIGUSR1 of the time limit, it saves the running job's checkpoint and requeues itself; it
then passes over what is done or has failed since the submission. Exit status: 0, or 1 if a job
failed.
"""

import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path

from plion.config.experiment import load_experiment
from plion.config.schema import Experiment
from plion.errors import InputError
from plion.planning.inputs import Hashes
from plion.runs.claims import locate
from plion.studies.driving.driver import Rules, drive
from plion.studies.driving.jobs import evaluation, last_line, mark_failed, training
from plion.studies.driving.opening import opened
from plion.studies.engine_choice import engine_of
from plion.studies.engines.choice import LOCAL
from plion.studies.engines.engine import BUSY, DONE, REFUSED, Ended, Job
from plion.studies.engines.slurm.frozen import FrozenJob, newer, own_source, read_frozen
from plion.studies.expected import Expected

# Statuses of a worker that SLURM's signal has reached as well: the job goes on later.
_STOPPED = [status for one in (signal.SIGTERM, signal.SIGUSR1) for status in (-one, 128 + one)]


@dataclass
class Element:
    """An element of an array: its number `index` of so many, and how many of its jobs failed."""

    folder: Path
    index: int
    elements: int
    failed: int = 0
    hashes: Hashes = field(default_factory=Hashes)

    def run(self) -> int:
        """Runs its share one after another; returns the exit status.

        Raises InputError if the folder is damaged or plion is another than when it was written.
        """
        frozen = read_frozen(self.folder)
        if (source := own_source()) != frozen.source:
            raise InputError(
                f"plion's code is {source} here, but {frozen.source} when the study was submitted: "
                "submit it again"
            )
        jobs = [self._job(one) for one in frozen.jobs[self.index :: self.elements]]
        if todo := [job for job in jobs if job is not None]:
            rules = Rules(frozen.retries, repeats=self._repeats, patient=False)
            with opened(engine_of(LOCAL)) as engine:
                drive(engine, todo, self._ended, rules=rules)
        return int(self.failed > 0)

    def _job(self, one: FrozenJob) -> Job | None:
        """The job, with its configuration in its run's folder; None if nothing is left to do."""
        exp = load_experiment(self.folder / one.config)
        run = locate(exp.trainer.runs, exp.name, one.hash8)
        tested = one.verb == "evaluate" or exp.evaluate.test
        if Expected(exp.name, one.hash8, run, exp, tested).done():
            print(f"{one.name}: done", flush=True)
            return None
        if run.read().status == "failed" and newer(run.record, self.folder):
            print(f"{one.name}: has failed before: {run.read().error}", flush=True)
            self.failed += 1
            return None
        job = (training if one.verb == "train" else evaluation)(exp, run)
        if wrong := self._changed(one, exp):
            self._ended(Ended(job, REFUSED, 0.0, wrong))
            return None
        return job

    def _changed(self, one: FrozenJob, exp: Experiment) -> str | None:
        """What has changed of a run's data and base model since the submission; None if nothing."""
        hashed = self.hashes.training if one.verb == "train" else self.hashes.evaluation
        try:
            found = hashed(exp)
        except InputError as error:
            return str(error)
        if found == one.hash8:
            return None
        return (
            f"its hash is {found} here, but {one.hash8} when it was submitted: the data in "
            f"{exp.data.root} or the base model {exp.model.name} have changed"
        )

    def _ended(self, one: Ended) -> None:
        """Tells how a job ended, and marks its run if it failed."""
        if one.status == DONE:
            print(f"{one.job.name}: done in {one.seconds:.0f} s", flush=True)
        elif one.status == BUSY:
            print(f"{one.job.name}: left to the process that has its run", flush=True)
        elif one.status not in _STOPPED:
            self.failed += 1
            told = one.told or last_line(one.job.log)
            print(f"{one.job.name}: failed: {told}", flush=True)
            mark_failed(one)

    def _repeats(self, one: Ended) -> None:
        print(f"{one.job.name}: failed and to be run again: {one.told}", flush=True)


def main() -> int:
    folder, elements = sys.argv[1:]
    index = os.environ["SLURM_ARRAY_TASK_ID"]
    os.environ["PLION_PLACE"] = f"element {index}"  # where its reports say that a run is
    try:
        return Element(Path(folder), int(index), int(elements)).run()
    except InputError as error:
        print(f"plion: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
