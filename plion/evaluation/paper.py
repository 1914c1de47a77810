"""The published figures beside which ours are shown: arXiv 2603.16184, Polyglot-Lion.

Figures as printed; averages over them are recomputed by `plion.evaluation.scoring` like any other.
"""

import csv
from dataclasses import dataclass
from importlib.resources import files

SOURCE = "arXiv 2603.16184"


@dataclass(frozen=True)
class Split:
    """Size of one split of a corpus."""

    utterances: int
    hours: float


@dataclass(frozen=True)
class PublishedCorpus:
    """A corpus as the paper used it; not always the official release."""

    benchmark: str
    language: str
    title: str
    train: Split
    valid: Split
    test: Split


@dataclass(frozen=True)
class PublishedSystem:
    """A system's error rates in percent by benchmark key, and the average as printed."""

    name: str
    billion_parameters: float
    rates: dict[str, float]
    average: float


def published_corpora() -> list[PublishedCorpus]:
    """Table 1 of arXiv 2603.16184: utterances and hours of each corpus, in the paper's order."""
    return [
        PublishedCorpus(
            row["benchmark"],
            row["language"],
            row["title"],
            *(Split(int(row[name]), float(row[f"{name}_hours"])) for name in _SPLITS),
        )
        for row in _read("corpora.csv")
    ]


def published_systems() -> list[PublishedSystem]:
    """Table 2 of arXiv 2603.16184: error rates (WER, Mandarin CER) of nine systems, in percent."""
    rows = _read("error_rates.csv")
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


_SPLITS = ("train", "valid", "test")


def _read(name: str) -> list[dict[str, str]]:
    text = (files("plion.evaluation") / "published" / name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
