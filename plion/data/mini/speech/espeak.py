"""Synthesise speech with espeak-ng: text to a waveform at 16 kHz.

espeak-ng keeps state between calls: the same text spoken twice in one process can differ in length.
For reproducible results, use one new process and a fixed order (`plion.data.mini.build` does so for
every corpus).
"""

import ctypes
from dataclasses import dataclass
from functools import lru_cache

import espeakng_loader
import numpy as np
from scipy.signal import resample_poly

SAMPLE_RATE = 16_000
_ESPEAK_RATE = 22_050
_SYNCHRONOUS, _UTF8, _CHARACTER_POSITION = 2, 1, 1
_RATE, _PITCH, _RANGE = 1, 3, 4
_DONE = 0
_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


@dataclass(frozen=True)
class Voice:
    """A voice: an espeak-ng variant with pitch (0-99), pitch range and words per minute."""

    variant: str
    pitch: int
    intonation: int
    rate: int


class _Engine:
    """The library, initialised once per process."""

    def __init__(self) -> None:
        self.library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        rate = self.library.espeak_Initialize(_SYNCHRONOUS, 0, data, 0)
        if rate != _ESPEAK_RATE:
            raise RuntimeError(f"espeak-ng answered a sample rate of {rate}")
        # The noise of its breathy voices (f2, f3, f5, victor) is seeded by the clock.
        self.library.espeak_ng_SetRandSeed(ctypes.c_long(0))
        self.heard: list[np.ndarray] = []
        self.callback = _CALLBACK(self._hear)  # kept: the library calls it later
        self.library.espeak_SetSynthCallback(self.callback)

    def _hear(self, samples: ctypes._Pointer, count: int, _events: int) -> int:
        if samples and count:
            self.heard.append(np.ctypeslib.as_array(samples, shape=(count,)).copy())
        return 0

    def speak(self, text: str, language: str, voice: Voice) -> np.ndarray:
        name = f"{language}+{voice.variant}".encode()
        if self.library.espeak_SetVoiceByName(name) != _DONE:
            raise RuntimeError(f"espeak-ng has no voice {name.decode()}")
        for parameter, value in (
            (_RATE, voice.rate),
            (_PITCH, voice.pitch),
            (_RANGE, voice.intonation),
        ):
            self.library.espeak_SetParameter(parameter, value, 0)
        self.heard.clear()
        encoded = text.encode()
        self.library.espeak_Synth(
            encoded, len(encoded) + 1, 0, _CHARACTER_POSITION, 0, _UTF8, None, None
        )
        return np.concatenate([np.zeros(0, np.int16), *self.heard])


@lru_cache(maxsize=1)
def _engine() -> _Engine:
    return _Engine()


def speak(text: str, language: str, voice: Voice) -> np.ndarray:
    """Speak a text with espeak-ng's voice of `language` (`en`, `cmn`, `ta`, `ms`).

    Returns float32 samples in [-1, 1] at 16 kHz, shape (samples,), without silence at both ends.
    """
    spoken = _engine().speak(text, language, voice).astype(np.float32) / 32_768
    loud = np.flatnonzero(np.abs(spoken) > 0.01)
    if not len(loud):
        raise RuntimeError(f"espeak-ng said nothing for {text!r} in {language}")
    margin = _ESPEAK_RATE // 50
    spoken = spoken[max(loud[0] - margin, 0) : loud[-1] + margin]
    resampled: np.ndarray = resample_poly(spoken, 320, 441).astype(np.float32)
    return resampled
