"""What the arms of a study are tuned to: chosen once, on validation sets, and never again.

`tuning.json` in the study's folder has the arms that are decided, with all that decided. An arm is
decided when each of its trials is done or has failed. The lowest macro validation error wins, the
first of equal ones; trials that failed are passed over.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Protocol, TypedDict

from plion.errors import InputError
from plion.runs.claims import alone
from plion.runs.folder import RunFolder
from plion.studies.design.grid import Ablation
from plion.studies.search.metrics import MACRO_ERROR
from plion.studies.tuning.arms import Arm, Tuning, laid
from plion.system.documents import read_json
from plion.system.files import atomic_write


class TrialRecord(TypedDict):
    """A trial: its run, the values tried, how it stands, its validation error in percent.

    `told`: why it failed.
    """

    run: str
    hash: str
    folder: str
    values: dict[str, Any]
    state: Literal["done", "failed", "waiting"]
    error: float | None
    told: str


class ArmRecord(TypedDict):
    """An arm by its labels, the values chosen for it (None: not decided), and its trials."""

    labels: dict[str, str]
    chosen: dict[str, Any] | None
    trials: list[TrialRecord]


class _File(TypedDict):
    arms: list[ArmRecord]


class Placed(Protocol):
    """A run with its folder."""

    @property
    def name(self) -> str: ...
    @property
    def hash8(self) -> str: ...
    @property
    def folder(self) -> RunFolder: ...


class Choices:
    """The decided arms of a study, `tuning.json` in its folder."""

    def __init__(self, study: Path, tuning: Tuning | None) -> None:
        """Raises InputError if the file is damaged."""
        self._study, self._tuning = study, tuning
        self._arms = self._read()

    def laid(self, ablation: Ablation) -> Ablation:
        """The ablation with each cell's tuned values; cells of arms not decided are not `ready`."""
        if self._tuning is None:
            return ablation
        cells = []
        for cell in ablation.cells:
            known = self._arms.get(_key(self._tuning.arm_of(cell).labels))
            values = known and known["chosen"]
            cells.append(laid(ablation, cell, values) if values else replace(cell, ready=False))
        return replace(ablation, cells=cells)

    def records(self, runs: Sequence[Sequence[Placed]]) -> list[ArmRecord]:
        """How each arm stands; `runs`: of its trials, in the order of arms and trials.

        Raises InputError for an arm that was decided by other trials.
        """
        if self._tuning is None:
            return []
        pairs = zip(self._tuning.arms, runs, strict=True)
        return [self._record(arm, trials) for arm, trials in pairs]

    def settle(self, runs: Sequence[Sequence[Placed]]) -> bool:
        """Decides the arms whose trials have ended; says whether there are any new ones.

        What another process has decided meanwhile stays. Errors as `records`.
        """
        new = [one for one in self.records(runs) if self._open(one) and best_trial(one)]
        if not new:
            return False
        with alone(self._study):
            self._arms = self._read()
            for one in new:
                best = best_trial(one)
                self._arms.setdefault(
                    _key(one["labels"]), {**one, "chosen": best and best["values"]}
                )
            content = json.dumps({"arms": [*self._arms.values()]}, indent=2, ensure_ascii=False)
            atomic_write(self._path, content + "\n")
        return True

    def section(self, runs: Sequence[Sequence[Placed]]) -> dict[str, Any]:
        """What `ablation.json` says of the tuning; empty without one."""
        tuning = self._tuning
        if tuning is None:
            return {}
        return {
            "over": list(tuning.over),
            "seed": tuning.seed,
            "metric": tuning.metric,
            "untuned": tuning.untuned,
            "space": tuning.space,
            "arms": self.records(runs),
        }

    @property
    def _path(self) -> Path:
        return self._study / "tuning.json"

    def _read(self) -> dict[frozenset[tuple[str, str]], ArmRecord]:
        if not self._path.is_file():
            return {}
        content: _File = read_json(self._path, _File, "move it away to choose again")
        return {_key(one["labels"]): one for one in content["arms"]}

    def _open(self, one: ArmRecord) -> bool:
        return _key(one["labels"]) not in self._arms

    def _record(self, arm: Arm, runs: Sequence[Placed]) -> ArmRecord:
        now = [_trial(values, run) for (values, _), run in zip(arm.trials, runs, strict=True)]
        known = self._arms.get(_key(arm.labels))
        if known is None:
            return {"labels": dict(arm.labels), "chosen": None, "trials": now}
        if [one["hash"] for one in known["trials"]] != [one["hash"] for one in now]:
            raise InputError(
                f"{self._path} has {arm.title} tuned by other trials than those of the file now; "
                f"rename the ablation's file, or move {self._study} away (finished runs are used "
                "again by any study)"
            )
        return known


def _key(labels: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset(labels.items())


def _trial(values: Mapping[str, Any], run: Placed) -> TrialRecord:
    record = run.folder.read()
    state: Literal["done", "failed", "waiting"] = "waiting"
    error, told = None, ""
    if record.status == "done":
        error = record.validation_error
        state, told = ("failed", f"its run has no {MACRO_ERROR}") if error is None else ("done", "")
    elif record.status == "failed":
        state, told = "failed", record.error or "no reason recorded"
    return {
        "run": run.name,
        "hash": run.hash8,
        "folder": run.folder.path.name,
        "values": dict(values),
        "state": state,
        "error": error,
        "told": told,
    }


def best_trial(arm: ArmRecord) -> TrialRecord | None:
    """The trial with the lowest error, if all have ended and any is done."""
    done = [one for one in arm["trials"] if one["error"] is not None]
    if not done or any(one["state"] == "waiting" for one in arm["trials"]):
        return None
    return min(done, key=lambda one: one["error"] or 0.0)
