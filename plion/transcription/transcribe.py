"""`plion transcribe`: transcribes recordings with any model."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import torch

from plion.config.experiment import decoding_attention, evaluation
from plion.config.languages import known_languages
from plion.config.schema import Experiment
from plion.errors import Failed, InputError
from plion.models.device import device
from plion.recognition.recognizers import Recognizer, recognizer
from plion.transcription.formats import Spoken
from plion.transcription.hearing import Ended, Hearing
from plion.transcription.outputs import output
from plion.transcription.progress import Progress
from plion.transcription.recordings import Recording
from plion.transcription.samples import seconds
from plion.transcription.segments import LONGEST

_SHORTEST = 1.0  # lower bound of `longest`: shorter segments would cut words


@dataclass(frozen=True)
class Request:
    """A request to transcribe.

    language: a key, or None if the model decides. longest: maximum seconds of a segment. out: a
    folder for a file per recording, None to print them. like: a model that supplies files missing
    beside the weights. context: text given to the model before each segment, None for the context
    that a run was trained with.
    """

    model: str
    recordings: Sequence[Recording]
    language: str | None
    format: str
    longest: float
    out: Path | None
    overrides: Sequence[str] = ()
    like: str | None = None
    context: str | None = None


def transcribe(request: Request, stream: TextIO) -> None:
    """Transcribes recordings one after another, to a folder or `stream`.

    Raises InputError for an invalid request, and if no recording can be read. A recording that can
    be read only in part, or not at all, does not stop the others; Failed is raised at the end.
    """
    if not _SHORTEST <= request.longest <= LONGEST:
        raise InputError(
            f"--max-seconds must be from {_SHORTEST:g} to {LONGEST:g}, not {request.longest:g}"
        )
    lengths, problems = _lengths(request.recordings)
    out = output(request.out, stream, request.format, list(lengths))
    exp = _settings(request)
    model = _ready(exp)
    progress = Progress(sum(lengths.values()), problems)
    hearing = Hearing(model, exp, request.language, request.longest, progress.heard)
    events = hearing.transcribe(lengths)
    for recording, length in lengths.items():
        out.write(recording, _until_its_end(events, length, progress))
    progress.tell()
    if problems:
        asked = len(request.recordings)
        raise Failed(
            f"{len(problems)} of {asked} recordings could not be transcribed completely, see above"
            f"{'; the others are complete' * (len(problems) < asked)}"
        )


def _lengths(recordings: Sequence[Recording]) -> tuple[dict[Recording, float], list[str]]:
    """Seconds of the recordings that can be opened, and error messages of the others."""
    lengths, problems = {}, []
    for recording in recordings:
        try:
            lengths[recording] = seconds(recording.path)
        except InputError as error:
            problems.append(recording.told(str(error)))
    if not lengths:
        others = f" (and {len(problems) - 1} more that cannot be read)" if problems[1:] else ""
        raise InputError(f"{problems[0]}{others}")
    return lengths, problems


def _settings(request: Request) -> Experiment:
    """Settings as for `plion evaluate`, except `tag.decode`, which follows --language."""
    if any(text.startswith("tag.decode") for text in request.overrides):
        raise InputError("tag.decode does not apply to recordings; set the language by --language")
    decode = "forced" if request.language else "free"
    overrides = [*request.overrides, f"tag.decode={decode}"]
    exp = evaluation(
        request.model, None, None, overrides, like=request.like, context=request.context
    )
    if request.language:
        known_languages(exp).row(request.language)
    elif exp.tag.train == "condition":
        print(
            f"plion: {request.model} was trained with the language given (tag.train=condition): "
            "set it by --language",
            file=sys.stderr,
        )
    return exp


def _ready(exp: Experiment) -> Recognizer:
    torch.set_num_threads(exp.trainer.threads)
    model = recognizer(exp.model.name, exp, decoding_attention(exp))
    model.to(device(exp.trainer.accelerator))
    return model


def _until_its_end(
    events: Iterator[Spoken | Ended], seconds: float, progress: Progress
) -> Iterator[Spoken]:
    """Yields the segments of the current recording."""
    for event in events:
        if isinstance(event, Ended):
            progress.ended(seconds, event.seconds, event.problem, event.notices)
            return
        progress.spoken(event)
        yield event
