"""Runs a round of trials on an engine, ends those that halving ends, and tells all in order."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import optuna
from optuna.trial import FrozenTrial, TrialState

from plion.errors import NO_SPACE, InputError
from plion.planning.inputs import hash8
from plion.runs.claims import locate
from plion.runs.folder import RunFolder
from plion.runs.reports import Report, Reports
from plion.studies.driving.driver import Rules, drive
from plion.studies.driving.jobs import current_folder, last_line, mark_failed, training
from plion.studies.engines.engine import REFUSED, Ended, Engine, Job, Reported
from plion.studies.search.halving import Curve, curve_of
from plion.studies.search.outcome import Outcome, failed, measured, tell, told
from plion.studies.search.proposals import round_start
from plion.studies.search.sweep_file import Sweep


@dataclass
class _Run:
    """A run of the round, which trials of equal settings share; `job`: None if none is needed."""

    folder: RunFolder
    reports: list[Report]
    job: Job | None = None
    ended: Ended | None = None
    pruned_at: int | None = None


@dataclass
class Round:
    """Trials that run at the same time, compared with those of earlier rounds."""

    search: Sweep
    trials: Sequence[FrozenTrial]
    earlier: Sequence[Curve]
    _runs: dict[int, _Run] = field(default_factory=dict)  # by number of the trial
    _refused: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, study: optuna.Study, search: Sweep, trials: Sequence[FrozenTrial]) -> "Round":
        start = round_start(trials[0].number, search.parallel)
        judged = (TrialState.COMPLETE, TrialState.PRUNED)
        before = [one for one in study.get_trials(states=judged) if one.number < start]
        return cls(search, trials, [one.intermediate_values for one in before])

    def run(self, engine: Engine, started: Callable[[Mapping[int, RunFolder]], None]) -> None:
        """Trains what is not done; takes up what was begun.

        Calls `started` before, with the runs' folders by the numbers of their trials.
        """
        shared: dict[Path, _Run] = {}
        for trial in self.trials:
            try:
                exp = self.search.trial(trial.params)
                folder = locate(exp.trainer.runs, exp.name, hash8(exp))
            except InputError as error:
                if NO_SPACE in str(error):
                    raise
                self._refused[trial.number] = str(error)
                continue
            run = shared.get(folder.path)
            if run is None:
                run = shared[folder.path] = _Run(folder, Reports(folder).new())
                self._judge(run)
                if run.pruned_at is None and not folder.done():
                    run.job = training(exp, folder)
            self._runs[trial.number] = run
        started({number: run.folder for number, run in self._runs.items()})
        by_job = {run.job: run for run in shared.values() if run.job}

        def reported(one: Reported) -> None:
            run = by_job[one.job]
            run.reports.append(one.report)
            if run.pruned_at is None and one.report.error is not None:
                self._judge(run)
                if run.pruned_at is not None:
                    engine.cancel(one.job)

        def finished(one: Ended) -> None:
            run = by_job[one.job]
            run.ended = one
            if one.status and run.pruned_at is None and not _disk_full(one):
                mark_failed(one)

        if by_job:
            rules = Rules(done=lambda job: current_folder(RunFolder(job.folder)).done())
            drive(engine, list(by_job), finished, reported, rules=rules)
        for run in shared.values():  # the last reports may have come after the last look
            run.reports = [*Reports(current_folder(run.folder)).new(), *run.reports]
            self._judge(run)

    def tell(self, study: optuna.Study) -> None:
        """Records the outcomes in the order of the trials.

        Raises InputError, with those trials left to be run by the next call, if the disk was full
        or every trial of the first round was refused.
        """
        outcomes = {trial.number: self._outcome(trial) for trial in self.trials}
        if min(outcomes) == 0 and all(one and one.refused for one in outcomes.values()):
            reason = next(one.reason for one in outcomes.values() if one)
            raise InputError(
                f"every trial of the first round is refused: {reason}; fix this and give the same "
                "command again, or change the space or the seed"
            )
        for trial in self.trials:
            if outcome := outcomes[trial.number]:
                tell(study, trial, outcome)
                print(told(self.search, trial, outcome), file=sys.stderr, flush=True)
        for run in self._runs.values():
            if run.ended and _disk_full(run.ended):
                raise InputError(
                    f"{run.folder.path}: {_said(run)}; then give the same command again"
                )

    def _judge(self, run: _Run) -> None:
        if self.search.halving:
            run.pruned_at = self.search.halving.ended_at(self._curve(run), self.earlier)

    def _curve(self, run: _Run) -> Curve:
        base = self.search.base
        return curve_of(run.reports, amount=base.hold.amount, validations=base.trainer.validations)

    def _outcome(self, trial: FrozenTrial) -> Outcome | None:
        """What became of a trial; None if the next call has to run it again."""
        if trial.number in self._refused:
            return failed(self._refused[trial.number], refused=True)
        run = self._runs[trial.number]
        curve = self._curve(run)
        if run.pruned_at is not None:
            known = {number: error for number, error in curve.items() if number <= run.pruned_at}
            return Outcome(TrialState.PRUNED, curve=known, run=run.folder.path.name)
        folder = current_folder(run.folder)  # another study may have done it meanwhile
        record = folder.read()
        if record.status == "done":
            return measured(self.search, record.validation, curve, folder.path.name)
        if run.ended and _disk_full(run.ended):
            return None
        refused = run.ended is not None and run.ended.status == REFUSED
        return failed(_said(run), refused=refused, run=folder.path.name)


def _said(run: _Run) -> str:
    """What went wrong with a run."""
    if run.ended and run.ended.told:
        return run.ended.told
    return last_line(run.job.log) if run.job else "it is not done"


def _disk_full(ended: Ended) -> bool:
    """Whether a job ended for a full disk, which is not its trial's fault."""
    return NO_SPACE in ended.told
