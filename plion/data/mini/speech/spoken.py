"""One synthesised utterance, on its way to the form in which its corpus is published."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from plion.data.mini.speech.words import Sentence


@dataclass(frozen=True)
class Speaker:
    """A voice's person: `name` among all corpora, `number` in its own, counted from 0."""

    name: str
    number: int
    female: bool


@dataclass(frozen=True)
class Spoken:
    """What was said, by whom, how the publisher spells it, and the waveform at 16 kHz.

    `number` counts from 0 in the corpus's `split`. `words` is empty where nothing is said.
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
    """Every utterance with its running number, from 0, among those of the same group."""
    seen: Counter[Hashable] = Counter()
    for one in spoken:
        key = group(one)
        yield seen[key], one
        seen[key] += 1


def speakers(spoken: Iterable[Spoken]) -> list[Speaker]:
    """Who is heard, each once, by number."""
    return sorted({one.speaker for one in spoken}, key=lambda speaker: speaker.number)
