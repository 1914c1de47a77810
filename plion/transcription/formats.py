"""Formats of transcripts: text, JSON lines, SubRip (srt) and WebVTT (vtt) subtitles.

SubRip as players read it; WebVTT as of the W3C (www.w3.org/TR/webvtt1), in whose text `&`, `<` and
`>` are written as entities, so that no text contains `-->`.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass

from plion.text.scripts import JOINED
from plion.transcription.cues import Cue, cues


@dataclass(frozen=True)
class Spoken:
    """The transcript of a segment of a recording, from `start` to `end` in seconds.

    text: without the language tag. raw: the model's output.
    """

    file: str
    start: float
    end: float
    language: str | None
    text: str
    raw: str


def as_text(spoken: Iterable[Spoken]) -> Iterator[str]:
    """All text on one line, without spaces between two Han or kana characters."""
    last = ""
    for one in _said(spoken):
        text = _line(one)
        yield separator(last, text) + text
        last = text
    yield "\n"


def as_jsonl(spoken: Iterable[Spoken]) -> Iterator[str]:
    """A line of JSON per segment, including empty ones.

    Bytes of a file's name that are not Unicode are escaped, which JSON readers reverse.
    """
    for one in spoken:
        times = {"start": round(one.start, 3), "end": round(one.end, 3)}
        line = json.dumps({**asdict(one), **times}, ensure_ascii=False)
        yield line.encode(errors="backslashreplace").decode() + "\n"


def as_srt(spoken: Iterable[Spoken]) -> Iterator[str]:
    """Subtitles for players."""
    for number, cue in enumerate(_cues(spoken), start=1):
        text = "\n".join(cue.lines)
        yield f"{number}\n{_time(cue.start, ',')} --> {_time(cue.end, ',')}\n{text}\n\n"


def as_vtt(spoken: Iterable[Spoken]) -> Iterator[str]:
    """Subtitles for the web."""
    yield "WEBVTT\n"
    for cue in _cues(spoken):
        text = "\n".join(cue.lines).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        yield f"\n{_time(cue.start, '.')} --> {_time(cue.end, '.')}\n{text}\n"


FORMATS: dict[str, Callable[[Iterable[Spoken]], Iterator[str]]] = {
    "txt": as_text,
    "jsonl": as_jsonl,
    "srt": as_srt,
    "vtt": as_vtt,
}
"""Format: a function from segments to pieces of output, which may be written as they come."""


def separator(before: str, after: str) -> str:
    """The separator between two texts: a space, or nothing."""
    if not before or not after:
        return ""
    return "" if JOINED.match(before[-1]) and JOINED.match(after[0]) else " "


def _cues(spoken: Iterable[Spoken]) -> Iterator[Cue]:
    return (cue for one in spoken for cue in cues(one.text, one.start, one.end))


def _said(spoken: Iterable[Spoken]) -> Iterator[Spoken]:
    return (one for one in spoken if one.text.strip())


def _line(one: Spoken) -> str:
    return " ".join(one.text.split())


def _time(seconds: float, point: str) -> str:
    """A time as hours:minutes:seconds and milliseconds."""
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    minutes, whole = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{whole:02}{point}{milliseconds:03}"
