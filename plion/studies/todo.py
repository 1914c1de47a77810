"""What one call of `plion ablate` has to run, and what it leaves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from plion.errors import InputError
from plion.runs.root import RunRoot
from plion.studies.budgets.trunks import trained_amount
from plion.studies.driving.limits import Limits
from plion.studies.expected import Expected

_LISTED = 20  # runs that are left without a failure; more are counted


@dataclass(frozen=True)
class Wishes:
    """What a call of `ablate` is asked beside its file.

    `only`: `LABEL=VALUE`, which cells. `retry_failed`: whether those that failed in an earlier call
    are run again. `max_hours`, `max_cost`: after which no further cell is started; InputError for
    one that is not above 0.
    """

    only: Sequence[str] = field(default_factory=tuple)
    retry_failed: bool = False
    max_hours: float | None = None
    max_cost: float | None = None

    def __post_init__(self) -> None:
        for option, amount in (("--max-hours", self.max_hours), ("--max-cost", self.max_cost)):
            if amount is not None and not amount > 0:
                raise InputError(f"{option} must be above 0, not {amount:g}")


NO_WISHES = Wishes()


@dataclass(frozen=True)
class Todo:
    """Runs by what a call does with them, each once: `start`, or leave because it `failed` in an
    earlier call. `done`: how many are finished, or cells that share a run with another.
    """

    start: list[Expected]
    failed: list[Expected]
    done: int

    @classmethod
    def of(cls, runs: Sequence[Expected], *, retry_failed: bool) -> "Todo":
        """A run that was refused in an earlier call is started: its cause may be gone."""
        start, failed = [], []
        for run in _distinct(runs):
            if run.done():
                continue
            if not retry_failed and _has_failed(run):
                failed.append(run)
            else:
                start.append(run)
        return cls(start, failed, len(runs) - len(start) - len(failed))


def limits_of(runs: Sequence[Expected], wishes: Wishes) -> Limits:
    """The limits of a call that starts these runs; InputError as `Limits`."""
    prices = {run.name: run.exp.trainer.price_per_hour for run in runs}
    amounts = {run.name: trained_amount(run.exp) for run in runs}
    return Limits(wishes.max_hours, wishes.max_cost, prices, amounts=amounts)


def relocated(runs: Iterable[Expected]) -> list[Expected]:
    """Runs with the folders that they are in now: another study may have begun one in its own."""
    roots: dict[Path, RunRoot] = {}
    found = []
    for run in runs:
        root, (name, _, _) = run.folder.path.parent, run.folder.path.name.rpartition("-")
        here = roots.setdefault(root, RunRoot(root))
        found.append(replace(run, folder=here.locate(name, run.hash8)) if run.hash8 else run)
    return found


def left(runs: Sequence[Expected], failures: dict[str, str]) -> list[str]:
    """A line for each unfinished run: why it failed, else its status.

    `failures`: lines by the names of runs that failed in this call. Raises InputError for a damaged
    record.
    """
    undone = [run for run in _distinct(runs) if not run.done()]
    lines = [failures[run.name] for run in undone if run.name in failures]
    lines += [_earlier(run) for run in undone if run.name not in failures and _has_failed(run)]
    rest = [run for run in undone if run.name not in failures and not _has_failed(run)]
    lines += [f"left: {run.name}, {run.folder.path}: {run.status()}" for run in rest[:_LISTED]]
    if len(rest) > _LISTED:
        lines.append(f"left: {len(rest) - _LISTED} more")
    return lines


def _earlier(run: Expected) -> str:
    reason = run.folder.read().error or "no reason recorded"
    return f"failed earlier: {run.name}, {run.folder.path}: {reason} (--retry-failed runs it again)"


def _has_failed(run: Expected) -> bool:
    """Whether its record says that it failed, and not because the request was wrong."""
    return run.folder.marks().status == "failed" and not run.folder.read().refused


def _distinct(runs: Iterable[Expected]) -> list[Expected]:
    """Runs of different content, each under its first name."""
    found: dict[str, Expected] = {}
    for run in runs:
        found.setdefault(run.hash8, run)
    return list(found.values())
