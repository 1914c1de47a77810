"""One audio file decoded from its beginning to its end: how long it is, and what is wrong."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from plion.data.checking.headers import FORMATS, container, has_no_rate, missing_bytes
from plion.data.decoding import open_audio, stated_seconds
from plion.data.suffixes import CONTAINERS
from plion.errors import InputError, printable

_BLOCK = 1 << 20  # samples decoded at a time, so that an hour takes no more memory than a minute
# An encoder may count its own header as a frame, and a decoder drop its delay: two frames of MP3.
_LOSSY_SLACK = 2304


@dataclass(frozen=True)
class Examined:
    """Seconds that could be decoded, and the first thing that is wrong, None if nothing is."""

    seconds: float
    fault: str | None = None


def examine(path: str) -> Examined:
    """Decode a whole file. What is wrong is told as the end of the sentence "audio PATH ..."."""
    try:
        with open_audio(path) as file:
            return _read(path, file)
    except InputError as error:
        told = str(error).removeprefix(f"audio {printable(path)} ")
        refused = isinstance(error.__cause__, soundfile.SoundFileError)
        return Examined(0.0, (_why_refused(path) if refused else None) or told)


def _read(path: str, file: soundfile.SoundFile) -> Examined:
    stated_seconds(file)  # at the end of a file that does not say its length, libsndfile fails
    decoded, peak = 0, 0.0
    not_a_number: int | None = None
    broke = ""
    try:
        while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
            finite = np.isfinite(block).all(axis=1)
            if not_a_number is None and not finite.all():
                not_a_number = decoded + int(finite.argmin())
            peak = max(peak, float(np.abs(block[finite]).max(initial=0.0)))
            decoded += len(block)
    except soundfile.LibsndfileError as error:
        broke = error.error_string.removeprefix("Error : ").rstrip(".")
    seconds = decoded / file.samplerate
    return Examined(
        seconds,
        _wrong_name(path, FORMATS.get(file.format))
        or (f"is damaged or truncated: {broke}" if broke else None)
        or _short(file, decoded)
        or _cut(path, file)
        or _not_numbers(not_a_number, file.samplerate)
        or _mute(decoded, peak),
    )


def _short(file: soundfile.SoundFile, decoded: int) -> str | None:
    slack = _LOSSY_SLACK if file.format == "MP3" else 0
    if decoded >= file.frames - slack:
        return None
    counted, found = (frames / file.samplerate for frames in (file.frames, decoded))
    return f"is truncated: its header counts {counted:.2f} s, {found:.2f} s can be decoded"


def _cut(path: str, file: soundfile.SoundFile) -> str | None:
    counted, missing = missing_bytes(path) if FORMATS.get(file.format) == "WAV" else (0, 0)
    if not missing:
        return None
    return f"is truncated: {missing:,} of {counted:,} bytes of samples are missing at its end"


def _not_numbers(first: int | None, rate: int) -> str | None:
    if first is None:
        return None
    return f"holds samples that are not numbers, the first at {first / rate:.2f} s"


def _mute(decoded: int, peak: float) -> str | None:
    if not decoded:
        return "holds no samples"
    return None if peak else "is silent: all its samples are 0"


def _why_refused(path: str) -> str | None:
    """What libsndfile's own message does not tell of a file that it refuses to open."""
    kind = container(path)
    if kind is None:
        with open(path, "rb") as file:
            return f"is not audio: it begins with {file.read(8)!r}"
    if kind in ("WAV", "FLAC") and has_no_rate(path):
        return "has a rate of 0 Hz in its header"
    return _wrong_name(path, kind)


def _wrong_name(path: str, kind: str | None) -> str | None:
    suffix = Path(path).suffix.lower()
    if kind is None or CONTAINERS.get(suffix, kind) == kind:
        return None
    return f"is {kind} and not what {suffix} says"
