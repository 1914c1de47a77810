"""Decode one whole audio file: its length, and what is wrong with it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from plion.data.audio.audio_file import Audio
from plion.data.audio.decoders.stream import Broken
from plion.data.audio.decoding import open_audio
from plion.data.audio.downmix import CANCELS
from plion.data.audio.suffixes import CONTAINERS, START, container
from plion.data.checking.headers import has_no_rate
from plion.errors import InputError, printable

# An encoder may count its header as a frame, and a decoder drop the encoder delay: two frames of
# MP3 at 16 kHz, or of AAC.
_LOSSY_SLACK = 0.15  # seconds
_BLOCK = 30.0  # seconds decoded at a time, to bound the memory


@dataclass(frozen=True)
class Examined:
    """The result for one file: seconds decoded, and the first fault found, None if there is none.

    notice: something unusual that is not a fault.
    """

    seconds: float
    fault: str | None = None
    notice: str | None = None


def examine(path: str) -> Examined:
    """Decode a whole file. Faults are given as the end of the sentence "audio PATH ..."."""
    try:
        with open_audio(path) as audio:
            return _read(path, audio)
    except InputError as error:
        told = str(error).removeprefix(f"audio {printable(path)} ")
        refused = isinstance(error.__cause__, soundfile.SoundFileError)
        return Examined(0.0, (_why_refused(path) if refused else None) or told)


def _read(path: str, audio: Audio) -> Examined:
    decoded, peak = 0, 0.0
    not_a_number: int | None = None
    broke = ""
    try:
        for block in audio.blocks(0.0, _BLOCK):
            finite = np.isfinite(block)
            if not_a_number is None and not finite.all():
                not_a_number = decoded + int(finite.argmin())
            peak = max(peak, float(np.abs(block[finite]).max(initial=0.0)))
            decoded += len(block)
    except soundfile.LibsndfileError as error:
        broke = error.error_string.removeprefix("Error : ").rstrip(".")
    except Broken as error:
        broke = str(error)
    return Examined(
        decoded / audio.rate,
        _wrong_name(path, audio.kind)
        or (f"is damaged or truncated: {broke}" if broke else None)
        or audio.fault
        or _short(audio, decoded)
        or _not_numbers(not_a_number, audio.rate)
        or _mute(decoded, peak),
        CANCELS if audio.cancels else None,
    )


def _short(audio: Audio, decoded: int) -> str | None:
    found = decoded / audio.rate
    if found >= audio.seconds - (0.0 if audio.exact else _LOSSY_SLACK):
        return None
    return f"is truncated: its header counts {audio.seconds:.2f} s, {found:.2f} s can be decoded"


def _not_numbers(first: int | None, rate: int) -> str | None:
    if first is None:
        return None
    return f"has samples that are NaN or infinite, the first at {first / rate:.2f} s"


def _mute(decoded: int, peak: float) -> str | None:
    if not decoded:
        return "has no samples"
    return None if peak else "is silent: all its samples are 0"


def _why_refused(path: str) -> str | None:
    """A clearer reason than libsndfile's why a file cannot be opened; None if there is none."""
    with open(path, "rb") as file:
        start = file.read(START)
    kind = container(start)
    if kind is None:
        return f"is not audio: it begins with {start[:8]!r}"
    if kind in ("WAV", "FLAC") and has_no_rate(path):
        return "has a rate of 0 Hz in its header"
    return _wrong_name(path, kind)


def _wrong_name(path: str, kind: str | None) -> str | None:
    suffix = Path(path).suffix.lower()
    if kind is None or CONTAINERS.get(suffix, kind) == kind:
        return None
    return f"is {kind}, although its suffix is {suffix}"
