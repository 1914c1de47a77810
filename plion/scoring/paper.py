"""The published figures of Polyglot-Lion (arXiv 2603.16184), for comparison with runs.

Rates as printed in the paper; averages over them are recomputed by `plion.scoring.counts`.
"""

import csv
from dataclasses import dataclass
from importlib.resources import files

from plion.data.corpora.published import published_corpora

SOURCE = "arXiv 2603.16184"
LATENCY_DEVICE = "one RTX PRO 4500"


@dataclass(frozen=True)
class PublishedSystem:
    """A system's error rates in percent by benchmark key, and the average as printed."""

    name: str
    billion_parameters: float
    rates: dict[str, float]
    average: float


@dataclass(frozen=True)
class PublishedLatency:
    """Mean and standard deviation of a system's seconds per utterance."""

    system: str
    mean: float
    deviation: float


def published_systems() -> list[PublishedSystem]:
    """Table 2 of arXiv 2603.16184: error rates of nine systems, in percent."""
    rows = _rows("error_rates.csv")
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


def published_latencies() -> list[PublishedLatency]:
    """The latency of each system as printed in the paper, measured on LATENCY_DEVICE."""
    return [
        PublishedLatency(row["system"], float(row["seconds_mean"]), float(row["seconds_std"]))
        for row in _rows("latency.csv")
    ]


def published_utterances() -> dict[str, int]:
    """Number of utterances of each of the paper's test sets, by benchmark key (Table 1)."""
    return {row.benchmark: row.test.utterances for row in published_corpora()}


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("plion.scoring") / "published" / name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
