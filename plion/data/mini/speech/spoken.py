"""A synthesised utterance, before it is published in its corpus's layout."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from plion.data.mini.speech.words import Sentence


@dataclass(frozen=True)
class Speaker:
    """A speaker: `name` is unique over all corpora, `number` in its own, from 0."""

    name: str
    number: int
    female: bool


@dataclass(frozen=True)
class Spoken:
    """An utterance: words, speaker, the publisher's spelling, and the waveform at 16 kHz.

    `number` counts from 0 within the corpus's `split`. `words` is empty for silence.
    """

    split: str
    number: int
    words: Sentence
    text: str
    speaker: Speaker
    wave: np.ndarray


def counted(
    spoken: Iterable[Spoken], group: Callable[[Spoken], Hashable]
) -> Iterator[tuple[int, Spoken]]:
    """Every utterance with its number, from 0, within its group."""
    seen: Counter[Hashable] = Counter()
    for one in spoken:
        key = group(one)
        yield seen[key], one
        seen[key] += 1


def speakers(spoken: Iterable[Spoken]) -> list[Speaker]:
    """The speakers of utterances, each once, by number."""
    return sorted({one.speaker for one in spoken}, key=lambda speaker: speaker.number)
