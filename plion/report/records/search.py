"""What `sweep.json` says of a search: how trials were proposed, and what became of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from plion.system.documents import read_json

LISTING = "sweep.json"


@dataclass(frozen=True)
class Trial:
    """A trial: its settings, its state, its run's folder, its error in percent, why it failed."""

    number: int
    settings: Mapping[str, Any]
    state: str
    folder: str
    error: float | None
    reason: str


@dataclass(frozen=True)
class Search:
    """A sweep as it was asked for, and its trials; `bounds`: of each setting, as text."""

    name: str
    metric: str
    wanted: int
    seed: int
    parallel: int
    proposals: str
    bounds: Mapping[str, str]
    trials: tuple[Trial, ...]


class _Dimension(TypedDict):
    key: str
    values: Any


class _Definition(TypedDict):
    seed: int
    parallel: int
    proposals: str
    space: list[_Dimension]


class _Listed(TypedDict):
    trial: int
    folder: str
    state: str
    reason: str
    value: float | None
    settings: dict[str, Any]


class _Listing(TypedDict):
    """What is read of sweep.json."""

    name: str
    metric: str
    trials: int
    search: _Definition
    runs: list[_Listed]


def read_search(folder: Path) -> Search:
    """Reads a sweep's listing; InputError if it is damaged or was written by an earlier plion."""
    listing = read_json(folder / LISTING, _Listing, "give the sweep's command again")
    asked = listing["search"]
    return Search(
        listing["name"],
        listing["metric"],
        listing["trials"],
        asked["seed"],
        asked["parallel"],
        asked["proposals"],
        {one["key"]: bounds_text(one["values"]) for one in asked["space"]},
        tuple(
            Trial(
                *(one["trial"], one["settings"], one["state"], one["folder"]),
                *(one["value"], one["reason"]),
            )
            for one in listing["runs"]
        ),
    )


def bounds_text(values: Any) -> str:
    """A range as `1e-05 to 0.001, log`, or choices as `1, 2, 5`."""
    if isinstance(values, Mapping):
        ends = f"{values['low']:g} to {values['high']:g}"
        return ends + (", log" if values.get("log") else "")
    return ", ".join(map(str, values))
