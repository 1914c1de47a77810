"""The runs that an ablation needs, and `ablation.json`, which lists them for `plion results`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from plion.config.experiment import also_forced
from plion.config.schema import Experiment
from plion.planning.inputs import Hashes
from plion.results.reading.budget_axis import BUDGET
from plion.runs.folder import RunFolder
from plion.runs.root import RunRoot
from plion.studies.budgets.trunks import trained_amount
from plion.studies.design.axes import AMOUNT
from plion.studies.design.grid import Ablation, Cell
from plion.studies.tuning.arms import Tuning
from plion.system.files import atomic_write


@dataclass(frozen=True)
class Expected:
    """A run that the ablation needs, and its folder, which may not exist yet.

    Without a hash it is not known yet: its arm is not tuned (`per_arm`).
    """

    name: str
    hash8: str
    folder: RunFolder
    exp: Experiment
    tested: bool

    @property
    def forced(self) -> bool:
        """Whether it is also decoded with the true language given (`forced`)."""
        return self.tested and also_forced(self.exp)

    def done(self) -> bool:
        """Whether training and all test sets are finished."""
        return self.folder.done(tested=self.tested, forced=self.forced)

    def status(self) -> str:
        """The status in run.json, `missing`, or `not evaluated` if test sets are left to decode.

        `not tuned` before its settings are known.
        """
        if not self.hash8:
            return "not tuned"
        status = self.folder.marks().status or "missing"
        if status != "done" or not self.tested:
            return status
        return "done" if self.folder.evaluated(forced=self.forced) else "not evaluated"


def expected_runs(
    ablation: Ablation, hashes: Hashes | None = None
) -> tuple[Expected, list[Expected]]:
    """The base's evaluation and the run of each cell, in order."""
    find = _Finder(hashes or Hashes())
    base = find.run(ablation.base, find.hashes.evaluation(ablation.base), tested=True)
    return base, _shared([find.cell(cell) for cell in ablation.cells])


def expected_trials(tuning: Tuning | None, hashes: Hashes) -> list[list[Expected]]:
    """The runs of the trials of each arm, in order, which are not tested."""
    find = _Finder(hashes)
    return [
        [find.run(exp, hashes.training(exp), tested=False) for _, exp in arm.trials]
        for arm in (tuning.arms if tuning else ())
    ]


class _Finder:
    """Finds the runs of experiments in their run roots, each of which is listed once."""

    def __init__(self, hashes: Hashes) -> None:
        self.hashes = hashes
        self._roots: dict[str, RunRoot] = {}

    def run(self, exp: Experiment, hash8: str, *, tested: bool) -> Expected:
        root = self._roots.setdefault(exp.trainer.runs, RunRoot(exp.trainer.runs))
        return Expected(exp.name, hash8, root.locate(exp.name, hash8), exp, tested)

    def cell(self, cell: Cell) -> Expected:
        exp, tested = cell.exp, cell.exp.evaluate.test
        if not cell.ready:
            return Expected(exp.name, "", RunFolder(Path(exp.trainer.runs) / exp.name), exp, tested)
        return self.run(exp, self.hashes.training(exp), tested=tested)


def evaluated_runs(cells: Sequence[Cell]) -> list[Expected]:
    """The evaluation of each cell's model, without training."""
    hashes = Hashes()
    return [
        Expected(
            cell.exp.name,
            digits := hashes.evaluation(cell.exp),
            RunRoot(cell.exp.trainer.runs).locate(cell.exp.name, digits),
            cell.exp,
            tested=True,
        )
        for cell in cells
    ]


def _shared(cells: Sequence[Expected]) -> list[Expected]:
    """Gives cells with the same hash one folder, that of the first."""
    folders: dict[str, RunFolder] = {}
    firsts = [folders.setdefault(cell.hash8 or cell.name, cell.folder) for cell in cells]
    return [
        cell if cell.folder is first else replace(cell, folder=first)
        for cell, first in zip(cells, firsts, strict=True)
    ]


def write_ablation_record(
    study: Path,
    ablation: Ablation,
    base: Expected | None,
    cells: Sequence[Expected],
    *,
    tuning: Mapping[str, Any] | None = None,
) -> None:
    """Writes `ablation.json` into the study's folder; `tuning`: what it says of that.

    `base` is None if the cells are models that are only decoded: they have no base and no hold.
    """
    content = _record(ablation, base, cells) | ({"tuning": tuning} if tuning else {})
    record = json.dumps(content, indent=2, ensure_ascii=False)
    atomic_write(study / "ablation.json", record + "\n")


def _record(ablation: Ablation, base: Expected | None, cells: Sequence[Expected]) -> dict[str, Any]:
    """Content of `ablation.json`: every expected run, with its folder's name in the run root."""

    def run(expected: Expected) -> dict[str, Any]:
        folder = expected.folder.path.name
        forced = {"forced": True} if expected.forced else {}
        return {"run": expected.name, "hash": expected.hash8, "folder": folder, **forced}

    def amount(cell: Cell) -> dict[str, float]:
        """Its own held amount, where the ablation varies that; what a branch trains itself."""
        if not {AMOUNT, BUDGET} & ablation.axes.keys():
            return {}
        branch = cell.exp.trainer.trunk is not None
        own = {"trained": trained_amount(cell.exp)} if branch else {}
        return {"amount": cell.exp.hold.amount, **own}

    decoded = {cell.exp.tag.decode for cell in ablation.cells}
    return {
        "name": ablation.name,
        "question": ablation.question,
        "suite": ablation.base.data.suite,
        "axes": ablation.axes,
        "variants": ablation.variants,
        "seeds": ablation.seeds,
        "hold": base and asdict(ablation.base.hold),
        "margin": ablation.margin,
        # None if the ablation varies it.
        "tag_decode": decoded.pop() if len(decoded) == 1 else None,
        "base": base and run(base),
        "cells": [
            {**run(expected), "labels": cell.labels, "seed": cell.seed, **amount(cell)}
            for expected, cell in zip(cells, ablation.cells, strict=True)
        ],
    }
