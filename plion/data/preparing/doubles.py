"""Find and remove utterances that a corpus lists more than once."""

import json
import os
from collections.abc import Iterator

import numpy as np

from plion.data.corpora.corpus import Omitted
from plion.data.corpora.lines import AGAIN
from plion.data.preparing.rows import Rows
from plion.errors import InputError

TWICE = "listed twice"


def doubles(rows: Rows, folder: str) -> Iterator[Omitted]:
    """Remove rows with a repeated id and yield them; `folder`: of the manifests.

    Compares only ids with equal hashes. Raises InputError if rows with one id have different
    recordings.
    """
    hashes, counts = np.unique(rows.column("ids"), return_counts=True)
    suspects = set(hashes[counts > 1].tolist())
    if not suspects:
        return
    before: dict[str, tuple[str, str]] = {}
    doubles: list[int] = []
    for number, (hashed, line) in enumerate(zip(rows.ids, rows.lines(), strict=True)):
        if hashed not in suspects:
            continue
        row = json.loads(line)
        name, path = row["id"], os.path.normpath(os.path.join(folder, row["audio"]))
        if name not in before:
            before[name] = path, row["text"]
            continue
        audio, text = before[name]
        if audio != path:
            raise InputError(
                f"two utterances of {row['dataset']} have the id '{name}': {audio} and {path}; "
                "does the source hold a corpus twice?"
            )
        doubles.append(number)
        same = text == row["text"]
        yield Omitted(TWICE, name) if same else Omitted(AGAIN, f"{name} ('{row['text']}')")
    rows.drop(doubles)
