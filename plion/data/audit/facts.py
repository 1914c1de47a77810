"""Facts of one part of a corpus: sizes, speakers, sentences, oddities."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plion.data.audit.duplicates import Groups
from plion.data.audit.outliers import outliers
from plion.data.audit.reading import EXAMPLES, Oddity, Part, Rows


@dataclass(frozen=True)
class Facts:
    """One row of the audit's first table.

    `speakers`: number of speakers, None if no utterance names one; `unnamed`: number of utterances
    without one. `sentences`: number of different normalised texts. Oddities: `length` and `speed`
    are outliers in seconds and characters per second, the worst first; `copies` are utterances with
    the same audio as another of the part; `tagged` are texts with the official recipe's tag (the
    other oddities ignore it).
    """

    dataset: str
    part: str
    language: str
    utterances: int
    hours: float
    speakers: int | None
    unnamed: int
    sentences: int
    median_seconds: float
    median_speed: float
    empty: Oddity
    digits: Oddity
    mixed: Oddity
    foreign: Oddity
    unseen: Oddity
    special: Oddity
    tagged: Oddity
    length: Oddity
    speed: Oddity
    copies: Oddity


def facts(part: Part, rows: Rows, groups: Groups) -> Facts:
    """The facts of a part; `groups`: rows with identical audio, from `duplicates`."""
    numbers = np.array(part.rows)
    durations = np.array(part.durations)
    speed = np.array(part.letters) / durations
    speakers = np.array(part.speakers)
    named = np.unique(speakers[speakers != 0])
    sentences = np.array(part.sentences)
    spoken = speed[speed > 0]
    return Facts(
        dataset=part.dataset,
        part=part.name,
        language=part.language,
        utterances=len(numbers),
        hours=float(durations.sum()) / 3600,
        speakers=len(named) or None,
        unnamed=int((speakers == 0).sum()),
        sentences=len(np.unique(sentences[sentences != 0])),
        median_seconds=float(np.median(durations)),
        median_speed=float(np.median(spoken)) if len(spoken) else 0.0,
        empty=part.empty,
        digits=part.digits,
        mixed=part.mixed,
        foreign=part.foreign,
        unseen=part.unseen,
        special=part.special,
        tagged=part.tagged,
        length=_far(durations, "s", numbers, rows),
        speed=_far(speed, "characters/s", numbers, rows),
        copies=_copies(numbers, rows, groups),
    )


def _far(values: NDArray[np.float64], unit: str, numbers: NDArray[np.int64], rows: Rows) -> Oddity:
    oddity = Oddity()
    for position in outliers(values):
        id = rows[int(numbers[position])].id
        oddity.add(id, f"{id} ({values[position]:.1f} {unit})")
    return oddity


def _copies(numbers: NDArray[np.int64], rows: Rows, groups: Groups) -> Oddity:
    oddity = Oddity()
    for group in groups:
        ids = [rows[number].id for number in np.intersect1d(group, numbers).tolist()]
        for id in ids if len(ids) > 1 else ():
            oddity.add(id, " = ".join(ids[:EXAMPLES]))
    oddity.examples = list(dict.fromkeys(oddity.examples))
    return oddity
