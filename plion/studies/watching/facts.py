"""What watching needs of a run's record, read quickly: a study has thousands of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from plion.errors import InputError, first_line
from plion.runs.record_file import read_record


@dataclass(frozen=True)
class Facts:
    """Of a run.json. `seconds`: that the run took from start to end; of a resumed one, of training,
    validation and decoding alone, without its pauses. `decoded`: seconds of decoding test sets.
    """

    status: str | None = None
    error: str | None = None
    price_per_hour: float | None = None
    cost: float | None = None
    seconds: float | None = None
    decoded: float = 0.0


def read_facts(path: Path) -> Facts:
    """The facts in a run.json, not checked like `read_record`, which takes forty times as long.

    A file that is damaged gives a failed run with the reason; raises FileNotFoundError without one.
    """
    try:
        content: Any = orjson.loads(path.read_bytes())
        content["status"]  # every record has one
        return Facts(
            status=content.get("status"),
            error=content.get("error"),
            price_per_hour=content.get("price_per_hour"),
            cost=_cost(content),
            seconds=_seconds(content) if content.get("status") == "done" else None,
            decoded=_decoded(content),
        )
    except FileNotFoundError:
        raise
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        return Facts("failed", _damage(path, error))


def _damage(path: Path, error: Exception) -> str:
    """Why a record cannot be used, in the words of those who read all of it."""
    try:
        read_record(path)
    except InputError as wrong:
        return str(wrong)
    return f"{path} is damaged: {first_line(error)}"


def _seconds(content: Mapping[str, Any]) -> float | None:
    start, end = content.get("start"), content.get("end")
    if content.get("attempts") == 1 and start and end:
        return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
    if (trained := content.get("train_seconds")) is None:
        return None
    shared = content.get("trunk_seconds") or 0.0  # which the run that it branched off took
    validated = content.get("validation_seconds") or 0.0
    return float(trained - shared + validated + _decoded(content))


def _cost(content: Mapping[str, Any]) -> float | None:
    """What the training has cost, without what a run that it branched off has paid for."""
    cost: float | None = content.get("cost")
    shared: float | None = content.get("trunk_seconds")
    return cost * (1 - shared / float(content["train_seconds"])) if cost and shared else cost


def _decoded(content: Mapping[str, Any]) -> float:
    return float(sum(one["seconds"] for one in (content.get("decoding") or {}).values()))
