"""The published error rates beside which ours are shown: arXiv 2603.16184, Polyglot-Lion.

Figures as printed; averages over them are recomputed by `plion.evaluation.scoring` like any other.
"""

import csv
from dataclasses import dataclass
from importlib.resources import files

SOURCE = "arXiv 2603.16184"


@dataclass(frozen=True)
class PublishedSystem:
    """A system's error rates in percent by benchmark key, and the average as printed."""

    name: str
    billion_parameters: float
    rates: dict[str, float]
    average: float


def published_systems() -> list[PublishedSystem]:
    """Table 2 of arXiv 2603.16184: error rates (WER, Mandarin CER) of nine systems, in percent."""
    text = (files("plion.evaluation") / "published" / "error_rates.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    keys = [name for name in rows[0] if name not in ("system", "billion_parameters", "average")]
    return [
        PublishedSystem(
            row["system"],
            float(row["billion_parameters"]),
            {key: float(row[key]) for key in keys},
            float(row["average"]),
        )
        for row in rows
    ]
