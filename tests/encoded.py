"""Audio in formats that libsndfile does not write, and in shapes that it does not read well."""

from pathlib import Path

import av
import numpy as np
import soundfile

RATE = 16_000
_CODECS = {".m4a": "aac", ".mp4": "aac", ".aac": "aac", ".mkv": "aac", ".webm": "libopus",
           ".wma": "wmav2"}  # fmt: skip


def sweep(seconds: float, first: float = 300.0, rate: int = RATE) -> np.ndarray:
    """A sine wave whose frequency rises from `first` by 100 Hz a second, so that it tells when."""
    time = np.arange(round(seconds * rate)) / rate
    phase = 2 * np.pi * (first * time + 50 * time**2)
    return np.asarray(np.sin(phase) / 2, np.float32)


def pitch(samples: np.ndarray, rate: int = RATE) -> float:
    """The loudest frequency in Hz."""
    windowed = samples * np.hanning(len(samples))
    return float(np.abs(np.fft.rfft(windowed)).argmax()) * rate / len(samples)


def encoded(path: Path, samples: np.ndarray, rate: int = RATE, codec: str = "") -> Path:
    """Samples (frames,) encoded by a codec, or as the suffix says, by PyAV."""
    wanted = 48_000 if path.suffix == ".webm" else rate
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec or _CODECS[path.suffix], rate=wanted, layout="mono")
        stream.bit_rate = 64_000
        whole = np.ascontiguousarray(samples[None], np.float32)
        frame = av.AudioFrame.from_ndarray(whole, format="fltp", layout="mono")
        frame.sample_rate = rate
        frame.pts = 0
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=wanted)
        graph = [*resampler.resample(frame), *resampler.resample(None)]
        for one in graph:
            container.mux(stream.encode(one))
        container.mux(stream.encode(None))
    return path


def mp3(path: Path, samples: np.ndarray, rate: int = RATE) -> Path:
    """A variable-rate MP3 whose first frame counts the others."""
    soundfile.write(path, samples, rate, bitrate_mode="VARIABLE")
    return path


def uncounted_mp3(path: Path, samples: np.ndarray, rate: int = RATE) -> Path:
    """A variable-rate MP3 that says nowhere how long it is: libsndfile's guess is too short."""
    data = mp3(path, samples, rate).read_bytes()
    path.write_bytes(data[data.index(data[:2], 4) :])
    return path


def joined(path: Path, *files: Path) -> Path:
    """Files end to end, as `cat` joins them."""
    path.write_bytes(b"".join(file.read_bytes() for file in files))
    return path


def piped_flac(path: Path, samples: np.ndarray, rate: int = RATE) -> Path:
    """A FLAC as a pipe gets it: its header does not count the samples."""
    soundfile.write(path, samples, rate)
    data = bytearray(path.read_bytes())
    data[21:26] = bytes([data[21] & 0xF0, 0, 0, 0, 0])
    path.write_bytes(data)
    return path
