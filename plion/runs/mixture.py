"""The shares of each pass that a run recorded in run.json (`mixture`), for its replay."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

from plion.errors import InputError
from plion.system.documents import read_json
from plion.system.kinds import misfit


class _Pass(TypedDict):
    """What is read of a pass: the share of each language, relative to each other."""

    shares: dict[str, float]


class Mixture(TypedDict):
    """The field `mixture` of run.json, as far as a replay needs it."""

    pass_size: float
    passes: list[_Pass]


def read_mixture(path: Path) -> Mixture:
    """Reads the field `mixture` of a run.json, of a run's folder or of another JSON file.

    Raises InputError for a file that cannot be read or has no such field.
    """
    if path.is_dir():
        path = path / "run.json"
    content = read_json(path)
    mixture: Mixture | None = content.get("mixture")
    if mixture is None:
        raise InputError(
            f"{path} has no shares of passes (`mixture`); name the run.json of a run whose sampler "
            "was `adaptive` or `replay`"
        )
    if wrong := misfit(mixture, Mixture, "mixture"):
        raise InputError(f"{path}: {wrong}")
    return mixture


def wrong_shares(row: Any) -> str | None:
    """What is wrong with the shares of a pass; None if nothing is."""
    if not isinstance(row, Mapping) or misfit(dict(row), dict[str, float]):
        return f"expected the share of each language (en: 0.4, ta: 0.6), not {row!r:.60}"
    if negative := [name for name, share in row.items() if share < 0]:
        return f"the share of '{negative[0]}' is {row[negative[0]]:g}; it must be 0 or more"
    if not 0 < math.fsum(row.values()) < math.inf:
        return "all shares are 0; give one language more"
    return None
