"""Recordings of syllables that are tones, and a recogniser that names what it hears."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from plion.config.schema import Evaluate
from plion.data.utterance import Utterance
from plion.loading.clips import Clip
from plion.models.qwen3_asr.protocol.family import CLIP_COST
from plion.models.transformers_asr.loaded import SoundCollator
from plion.models.values import Said
from plion.recognition.decode_batches import decoding_batches
from plion.recognition.recognizers import Recognizer

RATE = 16_000


def tones(*bursts: tuple[float, float], noise: float = 1e-3, rate: int = RATE) -> np.ndarray:
    """Bursts of (seconds of silence before, seconds of tone), and half a second of silence."""
    rng = np.random.default_rng(0)
    parts = []
    for silence, seconds in (*bursts, (0.5, 0.0)):
        parts.append(np.zeros(round(silence * rate)))
        time = np.arange(round(seconds * rate)) / rate
        syllables = 0.3 - 0.2 * np.cos(2 * np.pi * 4 * time)
        parts.append(syllables * np.sin(2 * np.pi * 440 * time))
    samples = np.concatenate(parts)
    return np.asarray(samples + noise * rng.standard_normal(len(samples)), np.float32)


def recording(path: Path, *bursts: tuple[float, float]) -> Path:
    """The same as a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, tones(*bursts), RATE)
    return path


class Timing(Recognizer):
    """Says how many tenths of a second a segment has; notes how many each batch had."""

    def __init__(self, evaluate: Evaluate) -> None:
        self.evaluate = evaluate
        self.collator: Any = SoundCollator()
        self.sizes: list[int] = []

    def places(self, utterances: Sequence[Utterance]) -> list[list[int]]:
        return decoding_batches(utterances, self.evaluate, CLIP_COST)

    def batch(self, clips: Sequence[Clip]) -> Any:
        return clips

    def transcribe(self, batch: Any) -> list[Said]:
        self.sizes.append(len(batch))
        texts = [str(round(clip.samples / RATE * 10)) for clip in batch]
        return [Said(f"raw {text}", text, "English") for text in texts]
