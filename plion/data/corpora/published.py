"""Table 1 of arXiv 2603.16184, Polyglot-Lion: the corpora as the paper used them."""

import csv
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from plion.data.corpora.corpus import Part

# Suites of `plion data mini`, whose corpora have the keys of real ones but are synthetic.
_SYNTHETIC = ("mini12", "mini_base")
PARTS: tuple[Part, ...] = ("train", "valid", "test")


@dataclass(frozen=True)
class Split:
    """The size of one part of a corpus."""

    utterances: int
    hours: float


@dataclass(frozen=True)
class PublishedCorpus:
    """A corpus as the paper used it, which is not always the official release.

    `licence`: the publisher's; `publisher`: its address; `hub`: the data set's id on the Hugging
    Face hub; each empty if unknown. `difference`: why the publisher's release differs, or empty.
    """

    benchmark: str
    language: str
    title: str
    train: Split
    valid: Split
    test: Split
    licence: str
    publisher: str
    hub: str
    difference: str

    def split(self, part: Part) -> Split:
        return {"train": self.train, "valid": self.valid, "test": self.test}[part]

    @property
    def amounts(self) -> tuple[int, int, int]:
        """Utterances in train, valid and test."""
        return self.train.utterances, self.valid.utterances, self.test.utterances


def published_corpora() -> list[PublishedCorpus]:
    """Utterances and hours of each corpus, in the paper's order."""
    text = (files("plion.data.corpora") / "published.csv").read_text("utf-8")
    return [
        PublishedCorpus(
            row["benchmark"],
            row["language"],
            row["title"],
            **{part: Split(int(row[part]), float(row[f"{part}_hours"])) for part in PARTS},
            licence=row["licence"],
            publisher=row["publisher"],
            hub=row["hub"],
            difference=row["difference"],
        )
        for row in csv.DictReader(text.splitlines())
    ]


def published(key: str) -> PublishedCorpus | None:
    """The paper's row of a corpus; None if the paper does not use it."""
    return next((row for row in published_corpora() if row.benchmark == key), None)


def is_synthetic(suite: str | None, root: str) -> bool:
    """Whether a suite's audio is synthetic, by its name or the file that `data mini` leaves."""
    return suite in _SYNTHETIC or Path(root, "mini.json").is_file()
