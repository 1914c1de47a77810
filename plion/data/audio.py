"""An utterance's audio, decoded in place: mono float32 at 16 kHz."""

from pathlib import Path

import numpy as np
import soundfile
import torch
from torchaudio.functional import resample

from plion.data.manifest import Utterance
from plion.errors import InputError

SAMPLE_RATE = 16_000
_TOLERANCE = 0.1  # seconds by which a codec's length may fall short of the manifest's


def read_audio(utterance: Utterance) -> np.ndarray:
    """Samples of an utterance, shape (samples,), channels averaged, resampled to 16 kHz.

    Raises InputError naming the utterance and its file for audio that is missing, empty, damaged,
    not audio, or shorter than the manifest's duration (a WAV cut in half reads without error).
    """
    path = Path(utterance.audio)
    where = f"utterance {utterance.id}: audio {path}"
    if not path.is_file():
        raise InputError(f"{where} is missing")
    if not path.stat().st_size:
        raise InputError(f"{where} is empty")
    try:
        with soundfile.SoundFile(path) as file:
            rate = file.samplerate
            file.seek(min(round(utterance.offset * rate), file.frames))
            frames = round(utterance.duration * rate)
            samples = file.read(frames, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError) as error:
        raise InputError(f"{where} cannot be decoded: {error}") from error
    if len(samples) < frames - _TOLERANCE * rate:
        raise InputError(
            f"{where} is truncated: {len(samples) / rate:.2f} s where the manifest says "
            f"{utterance.duration:.2f} s"
        )
    mono = samples.mean(axis=1)
    if rate != SAMPLE_RATE:
        mono = resample(torch.from_numpy(mono), rate, SAMPLE_RATE).numpy()
    return np.asarray(mono, dtype=np.float32)
