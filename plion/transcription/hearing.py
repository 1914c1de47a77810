"""Decodes segments of recordings in batches of similar length, with bounded memory.

Segments are collected until they fill some batches, decoded like test sets, and returned in the
order in which they were spoken. Memory does not grow with the length of a recording.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from plion.config.languages import known_languages
from plion.config.schema import Experiment
from plion.data.utterance import Utterance
from plion.errors import InputError
from plion.loading.audio import SAMPLE_RATE
from plion.loading.clips import Clip
from plion.models.values import Said
from plion.recognition.recognizers import Recognizer
from plion.transcription.formats import Spoken
from plion.transcription.recordings import Recording
from plion.transcription.samples import samples
from plion.transcription.segments import Segment, segments

_BATCHES = 4  # full batches to collect before decoding


@dataclass(frozen=True)
class Ended:
    """The end of a recording: seconds read, and the error that ended it early, or None.

    notices: remarks about unusual audio.
    """

    seconds: float
    problem: str | None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hearing:
    """Transcribes recordings with a recogniser.

    language: key of the language spoken, None if the model decides. longest: maximum seconds of a
    segment. done: called with the seconds of audio of each decoded batch.
    """

    recognizer: Recognizer
    exp: Experiment
    language: str | None
    longest: float
    done: Callable[[float], None]

    def transcribe(self, recordings: Iterable[Recording]) -> Iterator[Spoken | Ended]:
        """Yields the segments of the recordings in order, and an `Ended` after each recording."""
        waiting: list[tuple[Recording, Segment] | Ended] = []
        seconds = 0.0
        for one in self._read(recordings):
            waiting.append(one)
            if not isinstance(one, Ended):
                seconds += one[1].seconds
            if seconds >= _BATCHES * self.exp.evaluate.seconds:
                yield from self._decoded(waiting)
                waiting, seconds = [], 0.0
        yield from self._decoded(waiting)

    def _read(self, recordings: Iterable[Recording]) -> Iterator[tuple[Recording, Segment] | Ended]:
        for recording in recordings:
            reading = _Reading(recording)
            for segment in segments(reading, self.longest):
                yield recording, segment
            yield Ended(reading.seconds, reading.problem, tuple(reading.notices))

    def _decoded(
        self, waiting: Sequence[tuple[Recording, Segment] | Ended]
    ) -> Iterator[Spoken | Ended]:
        said = iter(self._said([one[1] for one in waiting if not isinstance(one, Ended)]))
        given = known_languages(self.exp).row(self.language).tag if self.language else None
        for one in waiting:
            if isinstance(one, Ended):
                yield one
                continue
            recording, segment = one
            what = next(said)
            language = given or what.language
            yield Spoken(recording.name, segment.start, segment.end, language, what.text, what.raw)

    def _said(self, heard: Sequence[Segment]) -> list[Said]:
        if not heard:
            return []
        utterances = [self._utterance(one) for one in heard]
        found: dict[int, Said] = {}
        model = self.recognizer
        for places in model.places(utterances):
            clips = [self._clip(utterances[n], heard[n].samples) for n in places]
            said = model.transcribe(model.batch(clips))
            found |= dict(zip(places, said, strict=True))
            self.done(sum(heard[n].seconds for n in places))
        return [found[n] for n in range(len(heard))]

    def _clip(self, utterance: Utterance, samples: NDArray[np.float32]) -> Clip:
        return Clip(utterance, None, len(samples), self.recognizer.collator.features(samples))

    def _utterance(self, segment: Segment) -> Utterance:
        return Utterance("", "", "", self.language or "", "", segment.seconds)


@dataclass
class _Reading:
    """The samples of a recording as far as it can be read; records errors and notices."""

    recording: Recording
    seconds: float = 0.0
    problem: str | None = None
    notices: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        try:
            for block in samples(self.recording.path, self._note):
                self.seconds += len(block) / SAMPLE_RATE
                yield block
        except InputError as error:
            self.problem = self.recording.told(str(error))

    def _note(self, notice: str) -> None:
        self.notices.append(self.recording.told(notice))
