"""Finished runs whose predictions say more than their texts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Fields = Callable[[int], dict[str, Any]]  # of an utterance by its number


def annotate(folder: Path, key: str, fields: Fields) -> None:
    """Adds to what a run's predictions of one benchmark say of each utterance."""
    path = folder / "predictions" / f"{key}.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) | fields(number) for number, line in enumerate(lines)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def known(folder, **fields):
    """Gives every utterance what is known of it, each field by its number."""
    for path in (folder / "predictions").iterdir():
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        rows = [row | {name: of(n) for name, of in fields.items()} for n, row in enumerate(rows)]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder
