"""`plion transcribe`: recordings in, transcripts out."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import torch

from plion.config.experiment import decoding_attention, evaluation
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

_SHORTEST = 1.0  # of `longest`: what is cut shorter is no word any more


@dataclass(frozen=True)
class Request:
    """What is asked for.

    language: a key, or None where the model is to say it. longest: seconds of a segment, at most.
    out: a folder for a file of each recording; where it is None, they are printed. like: a model
    to take from what this one lacks beside its weights. context: what the model is told before each
    segment, None for what a run was trained with.
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

    Raises InputError for what cannot be done as it is asked for, and where no recording can be
    read. Where one cannot be, or not to its end, the others are transcribed, and this one as far as
    it goes; then it raises Failed.
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
            f"{len(problems)} of {asked} recordings could not be transcribed to the end, as told "
            f"above{'; all else is' * (len(problems) < asked)}"
        )


def _lengths(recordings: Sequence[Recording]) -> tuple[dict[Recording, float], list[str]]:
    """Seconds of the recordings that can be opened, and what is wrong with the others."""
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
    """As for `plion evaluate`, but for the language."""
    if any(text.startswith("tag.decode") for text in request.overrides):
        raise InputError("tag.decode is not for recordings; say what is spoken by --language")
    decode = "forced" if request.language else "free"
    overrides = [*request.overrides, f"tag.decode={decode}"]
    exp = evaluation(
        request.model, None, None, overrides, like=request.like, context=request.context
    )
    if exp.tag.train == "condition" and not request.language:
        print(
            f"plion: {request.model} was trained with the language given (tag.train=condition) and "
            "is not told any: say what is spoken by --language",
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
    """The segments of the recording whose turn it is."""
    for event in events:
        if isinstance(event, Ended):
            progress.ended(seconds, event.seconds, event.problem, event.notices)
            return
        progress.spoken(event)
        yield event
