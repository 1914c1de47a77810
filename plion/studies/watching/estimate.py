"""Counts a study's runs into its state, and estimates what is left in time and money."""

import heapq
import time
from collections.abc import Sequence
from statistics import fmean
from typing import get_args

from plion.studies.watching.cells import Cell, Cells, Standing
from plion.studies.watching.state import Failure, Place, Running, State, Study


def state_of(study: Study, found: Cells, places: Sequence[str] = ()) -> State:
    """The state of a study; `places`: where its runs can run, if that is known."""
    cells = list(found)
    by: dict[Standing, list[Cell]] = {name: [] for name in get_args(Standing)}
    for cell in cells:
        by[cell.standing].append(cell)
    running = [_running(cell, study) for cell in by["running"]]
    each, decoding = _seconds_each(cells), _decoding_each(cells)
    now = [_left(cell, each, decoding) for cell in by["running"]]
    later = [_left(cell, each, decoding) for cell in (*by["stopped"], *by["waiting"])]
    later += [each] * found.unknown
    work = _together([*now, *later])
    at_once = max(len(places), len(running))
    price = next((c.facts.price_per_hour for c in cells if c.facts.price_per_hour), None)
    speeds = [one.speed for one in running if one.speed]
    return State(
        study=study,
        runs=len(cells) + found.unknown,
        done=len(by["done"]),
        pruned=len(by["pruned"]),
        waiting=len(by["waiting"]) + found.unknown,
        stopped=len(by["stopped"]),
        running=running,
        failed=[_failure(cell) for cell in by["failed"]],
        places=_places(cells, places),
        speed=sum(speeds) if speeds else None,
        runs_per_hour=3600 * at_once / (each * _mean_size(cells)) if each and running else None,
        seconds_left=None if work is None else _seconds_left(now, later, at_once),
        cost=_cost(cells, price),
        cost_left=None if work is None or price is None else work / 3600 * price,
    )


def _running(cell: Cell, study: Study) -> Running:
    report = cell.report
    return Running(
        name=cell.name,
        folder=str(cell.folder.path),
        place=cell.place,
        step=report.step if report else None,
        steps=report.steps if report else None,
        held=report.held if report else None,
        amount=study.amount if cell.amount is None else cell.amount,
        error=cell.error,
        seconds=report.seconds if report else None,
        speed=3600 * report.hours / report.seconds if report and report.seconds else None,
        left=report.left if report else None,
    )


def _failure(cell: Cell) -> Failure:
    reason = cell.reason or cell.facts.error or "no reason recorded"
    return Failure(cell.name, str(cell.folder.path), reason)


def _places(cells: Sequence[Cell], known: Sequence[str]) -> list[Place]:
    done: dict[str, int] = dict.fromkeys(known, 0)
    now: dict[str, str] = {}
    for cell in cells:
        if cell.place and cell.standing in ("done", "running"):
            done[cell.place] = done.get(cell.place, 0) + (cell.standing == "done")
            if cell.standing == "running":
                now[cell.place] = cell.name
    return [Place(name, count, now.get(name)) for name, count in sorted(done.items())]


def _size(cell: Cell) -> float:
    """How much longer than others a run takes: by what it trains, where amounts differ."""
    return cell.trained or cell.amount or 1.0


def _mean_size(cells: Sequence[Cell]) -> float:
    return fmean([_size(cell) for cell in cells if not cell.base] or [1.0])


def _seconds_each(cells: Sequence[Cell]) -> float | None:
    """Seconds that a run of size 1 takes: of those done, else as those running expect."""
    done = [
        (seconds, _size(cell))
        for cell in cells
        if cell.standing == "done" and not cell.base and (seconds := cell.facts.seconds)
    ]
    known = done or [
        (cell.report.seconds + cell.report.left, _size(cell))
        for cell in cells
        if cell.standing == "running" and cell.report and cell.report.left is not None
    ]
    size = sum(size for _, size in known)
    return sum(seconds for seconds, _ in known) / size if size else None


def _together(left: Sequence[float | None]) -> float | None:
    """Seconds that runs take together, one after the other; None if one's are not known."""
    known = [one for one in left if one is not None]
    return sum(known) if len(known) == len(left) else None


def _decoding_each(cells: Sequence[Cell]) -> float:
    """Seconds that a run's test sets take to decode, of those done; 0 before one is."""
    return fmean([cell.facts.decoded for cell in cells if cell.standing == "done"] or [0.0])


def _left(cell: Cell, each: float | None, decoding: float) -> float | None:
    """Seconds left of a run that has begun: as much of it as its steps, or as it says itself.

    `each`, `decoding`: that a run of size 1 takes, and its decoding. The base is decoded alone.
    """
    report, whole = cell.report, None if each is None else each * _size(cell)
    waited = time.time() - cell.heard if cell.standing == "running" else 0.0
    if cell.base or (report and report.step >= report.steps):
        return max(0.0, decoding - max(cell.facts.decoded, waited))
    if report and report.steps and whole is not None:
        return max(whole * (1 - report.step / report.steps), (report.left or 0.0) + decoding)
    return report.left + decoding if report and report.left is not None else whole


def _seconds_left(
    now: Sequence[float | None], later: Sequence[float | None], at_once: int
) -> float | None:
    """Seconds to the end of the study, None if nothing runs but something is left.

    `now`, `later`: seconds left of the runs that run, and of the others, each of which begins where
    a place is free first. All of them are known.
    """
    if not now:
        return None if later else 0.0
    ends = [one or 0.0 for one in now] + [0.0] * (at_once - len(now))
    heapq.heapify(ends)
    for one in later:
        heapq.heapreplace(ends, ends[0] + (one or 0.0))
    return max(ends)


def _cost(cells: Sequence[Cell], price: float | None) -> float | None:
    """What training has cost so far, None without a price; trials that share a run cost once."""
    if price is None:
        return None
    return sum(_paid(cell, price) for cell in {cell.folder.path: cell for cell in cells}.values())


def _paid(cell: Cell, price: float) -> float:
    """What a run's training has cost, at its own price or else at that of the others."""
    if cell.facts.cost or cell.report is None:
        return cell.facts.cost or 0.0
    return cell.report.seconds / 3600 * (cell.facts.price_per_hour or price)
