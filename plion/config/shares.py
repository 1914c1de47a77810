"""The shares that `sampler.replay` draws by: rows of an experiment, or the record of a run."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypedDict

from plion.config.layers import Layer
from plion.errors import InputError
from plion.settings.walk import value_at
from plion.system.documents import read_json
from plion.system.kinds import misfit

_KEY = "sampler.replay.shares"


class _Pass(TypedDict):
    """What is read of a pass: the share of each language, relative to each other."""

    shares: dict[str, float]


class _Mixture(TypedDict):
    """The field `mixture` of run.json, as far as a replay needs it."""

    pass_size: float
    passes: list[_Pass]


def with_recorded_shares(layer: Layer) -> Layer:
    """Replaces the file that a layer's `sampler.replay.shares` names by its checked rows.

    The file is a run's run.json, or other JSON with the field `mixture`; the size of its passes
    becomes `sampler.replay.pass_size`. Raises InputError for a file that cannot be read or has no
    shares, and for rows that are not shares.
    """
    given = value_at(layer.values, _KEY)
    found: dict[str, Any]
    if isinstance(given, str) and given:
        mixture = _recorded(Path(given), layer.where)
        found = {
            "shares": [one["shares"] for one in mixture["passes"]],
            "pass_size": mixture["pass_size"],
        }
    elif isinstance(given, list):
        found = {"shares": given}
    else:
        return layer
    for number, row in enumerate(found["shares"], 1):
        if wrong := _wrong(row):
            raise InputError(f"{layer.where}: {_KEY}, pass {number}: {wrong}")
    sampler = layer.values["sampler"]
    own = {**sampler, "replay": {**sampler["replay"], **found}}
    return replace(layer, values={**layer.values, "sampler": own})


def _recorded(path: Path, where: str) -> _Mixture:
    if path.is_dir():
        path = path / "run.json"
    content = read_json(path)
    mixture: _Mixture | None = content.get("mixture")
    if mixture is None:
        raise InputError(
            f"{where}: {path} has no shares of passes (`mixture`); name the run.json of a run "
            "whose sampler was `adaptive` or `replay`"
        )
    if wrong := misfit(mixture, _Mixture, "mixture"):
        raise InputError(f"{path}: {wrong}")
    return mixture


def _wrong(row: Any) -> str | None:
    """What is wrong with the shares of a pass; None if nothing is."""
    if not isinstance(row, Mapping) or misfit(dict(row), dict[str, float]):
        return f"expected the share of each language (en: 0.4, ta: 0.6), not {row!r:.60}"
    if negative := [name for name, share in row.items() if share < 0]:
        return f"the share of '{negative[0]}' is {row[negative[0]]:g}; it must be 0 or more"
    if not 0 < math.fsum(row.values()) < math.inf:
        return "all shares are 0; give one language more"
    return None
