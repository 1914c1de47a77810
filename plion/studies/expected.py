"""The runs that an ablation needs, and `ablation.json`, which lists them for `plion results`."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from plion.config.experiment import also_forced
from plion.config.schema import Experiment
from plion.planning.inputs import evaluation_hash8, hash8
from plion.runs.claims import locate
from plion.runs.folder import RunFolder
from plion.studies.design.grid import Ablation
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
        status = self.folder.read().status or "missing"
        return status if status != "done" or self.done() else "not evaluated"


def expected_runs(ablation: Ablation) -> tuple[Expected, list[Expected]]:
    """The base's evaluation and the run of each cell, in order."""
    base = _expected(ablation.base, evaluation_hash8(ablation.base), tested=True)
    cells = [_expected(c.exp, hash8(c.exp), tested=c.exp.evaluate.test) for c in ablation.cells]
    return base, _shared(cells)


def _expected(exp: Experiment, digits: str, *, tested: bool) -> Expected:
    return Expected(exp.name, digits, locate(exp.trainer.runs, exp.name, digits), exp, tested)


def _shared(cells: Sequence[Expected]) -> list[Expected]:
    """Gives cells with the same hash one folder, that of the first."""
    folders: dict[str, RunFolder] = {}
    return [replace(cell, folder=folders.setdefault(cell.hash8, cell.folder)) for cell in cells]


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

    decoded = {cell.exp.tag.decode for cell in ablation.cells}
    return {
        "name": ablation.name,
        "question": ablation.question,
        "suite": ablation.base.data.suite,
        "axes": ablation.axes,
        "seeds": ablation.seeds,
        "hold": asdict(ablation.base.hold),
        # None if the ablation varies it.
        "tag_decode": decoded.pop() if len(decoded) == 1 else None,
        "base": run(base),
        "cells": [
            {**run(expected), "labels": cell.labels, "seed": cell.seed}
            for expected, cell in zip(cells, ablation.cells, strict=True)
        ],
    }
