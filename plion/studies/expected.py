"""The runs that an ablation needs, and `ablation.json`, which lists them for `plion results`."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from plion.config.experiment import also_forced
from plion.config.schema import Experiment
from plion.planning.inputs import Hashes
from plion.runs.folder import RunFolder
from plion.runs.root import RunRoot
from plion.studies.design.axes import BUDGET
from plion.studies.design.grid import Ablation, Cell
from plion.system.files import atomic_write


@dataclass(frozen=True)
class Expected:
    """A run that the ablation needs, and its folder, which may not exist yet."""

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
        """The status in run.json, `missing`, or `not evaluated` if test sets are left to decode."""
        status = self.folder.marks().status or "missing"
        if status != "done" or not self.tested:
            return status
        return "done" if self.folder.evaluated(forced=self.forced) else "not evaluated"


def expected_runs(ablation: Ablation) -> tuple[Expected, list[Expected]]:
    """The base's evaluation and the run of each cell, in order."""
    hashes, roots = Hashes(), dict[str, RunRoot]()

    def expected(exp: Experiment, hash8: str, *, tested: bool) -> Expected:
        root = roots.setdefault(exp.trainer.runs, RunRoot(exp.trainer.runs))
        return Expected(exp.name, hash8, root.locate(exp.name, hash8), exp, tested)

    base = expected(ablation.base, hashes.evaluation(ablation.base), tested=True)
    exps = [cell.exp for cell in ablation.cells]
    cells = [expected(exp, hashes.training(exp), tested=exp.evaluate.test) for exp in exps]
    return base, _shared(cells)


def _shared(cells: Sequence[Expected]) -> list[Expected]:
    """Gives cells with the same hash one folder, that of the first."""
    folders: dict[str, RunFolder] = {}
    firsts = [folders.setdefault(cell.hash8, cell.folder) for cell in cells]
    return [
        cell if cell.folder is first else replace(cell, folder=first)
        for cell, first in zip(cells, firsts, strict=True)
    ]


def write_ablation_record(
    study: Path, ablation: Ablation, base: Expected, cells: Sequence[Expected]
) -> None:
    """Writes `ablation.json` into the study's folder."""
    record = json.dumps(_record(ablation, base, cells), indent=2, ensure_ascii=False)
    atomic_write(study / "ablation.json", record + "\n")


def _record(ablation: Ablation, base: Expected, cells: Sequence[Expected]) -> dict[str, Any]:
    """Content of `ablation.json`: every expected run, with its folder's name in the run root."""

    def run(expected: Expected) -> dict[str, Any]:
        folder = expected.folder.path.name
        forced = {"forced": True} if expected.forced else {}
        return {"run": expected.name, "hash": expected.hash8, "folder": folder, **forced}

    def amount(cell: Cell) -> dict[str, float]:
        """Its own held amount, where the ablation varies that."""
        return {"amount": cell.exp.hold.amount} if BUDGET in ablation.axes else {}

    decoded = {cell.exp.tag.decode for cell in ablation.cells}
    return {
        "name": ablation.name,
        "question": ablation.question,
        "suite": ablation.base.data.suite,
        "axes": ablation.axes,
        "variants": ablation.variants,
        "seeds": ablation.seeds,
        "hold": asdict(ablation.base.hold),
        "margin": ablation.margin,
        # None if the ablation varies it.
        "tag_decode": decoded.pop() if len(decoded) == 1 else None,
        "base": run(base),
        "cells": [
            {**run(expected), "labels": cell.labels, "seed": cell.seed, **amount(cell)}
            for expected, cell in zip(cells, ablation.cells, strict=True)
        ],
    }
