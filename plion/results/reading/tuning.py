"""What `ablation.json` says of tuning: the arms of a study, their trials, and what was chosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict


@dataclass(frozen=True)
class Trial:
    """Values that an arm was tried with, and the validation error in percent; None if it failed or
    is not done. folder: of its run, in the run root; empty if not known.
    """

    values: Mapping[str, Any]
    error: float | None
    failed: bool
    folder: str = ""


@dataclass(frozen=True)
class Arm:
    """The cells with the same labels on some axes, which were tuned together.

    chosen: the values of its best trial; None before they are.
    """

    labels: Mapping[str, str]
    chosen: Mapping[str, Any] | None
    trials: tuple[Trial, ...]

    @property
    def name(self) -> str:
        """Its labels, as in the names of systems."""
        return ", ".join(self.labels.values()) or "other cells"

    @property
    def errors(self) -> list[float]:
        """The validation errors of the trials that are done."""
        return [trial.error for trial in self.trials if trial.error is not None]

    def error_of(self, values: Mapping[str, Any] | None) -> float | None:
        """The error of the trial with these values; None if it has none.

        A trial lacks values of settings that do not count beside its others.
        """
        given = (values or {}).items()
        return next((one.error for one in self.trials if one.values.items() <= given), None)


@dataclass(frozen=True)
class Tuning:
    """The tuning of a study: its arms, and the values that the base has of what is tuned.

    metric: that trials are judged by. seed: of the trials. space: the bounds or choices of each
    setting, as in the ablation's file.
    """

    metric: str
    seed: int
    untuned: Mapping[str, Any]
    arms: tuple[Arm, ...]
    space: Mapping[str, Any]

    def arm_of(self, labels: Mapping[str, str]) -> Arm | None:
        """The arm of a cell with these labels; one without labels has the cells of no other."""
        own = (arm for arm in self.arms if arm.labels.items() <= labels.items())
        return max(own, key=lambda arm: len(arm.labels), default=None)


class _Trial(TypedDict):
    values: dict[str, Any]
    state: str
    error: float | None
    folder: NotRequired[str]


class _Arm(TypedDict):
    labels: dict[str, Any]
    chosen: dict[str, Any] | None
    trials: list[_Trial]


class TuningSection(TypedDict):
    """The section `tuning` of ablation.json."""

    metric: str
    seed: int
    untuned: dict[str, Any]
    arms: list[_Arm]
    space: dict[str, Any]


def tuning_of(section: TuningSection | None) -> Tuning | None:
    """The tuning that the section describes; None without one."""
    if section is None:
        return None
    arms = tuple(
        Arm(
            {axis: str(label) for axis, label in arm["labels"].items()},
            arm["chosen"],
            tuple(
                Trial(one["values"], one["error"], one["state"] == "failed", one.get("folder", ""))
                for one in arm["trials"]
            ),
        )
        for arm in section["arms"]
    )
    return Tuning(*(section["metric"], section["seed"], section["untuned"]), arms, section["space"])
