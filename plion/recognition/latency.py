"""Latency: the time that a recogniser takes for a single utterance (batch size 1).

Protocol: utterances spread evenly over the test set are decoded one by one, after `WARM_UP`
untimed ones. The time runs from the audio file to the text: reading and resampling, features, all
tokens; no other process reads ahead.
"""

import math
import statistics
import time
from collections.abc import Iterable, Sequence

from plion.data.utterance import Utterance
from plion.recognition.recognizers import Recognizer
from plion.runs.values import Latency

WARM_UP = 3


def latency(recognizer: Recognizer, utterances: Sequence[Utterance], samples: int) -> Latency:
    """Measures the latency over `samples` utterances of a test set, or all if it has fewer."""
    chosen = spread(utterances, samples)
    for utterance in chosen[:WARM_UP]:
        _seconds(recognizer, utterance)
    return summarise([_seconds(recognizer, utterance) for utterance in chosen])


def spread(utterances: Sequence[Utterance], samples: int) -> list[Utterance]:
    """Picks `count` utterances (or all) at even distances in their order."""
    count = min(samples, len(utterances))
    return [utterances[n * len(utterances) // count] for n in range(count)]


def summarise(seconds: Sequence[float]) -> Latency:
    """Summarises times in seconds."""
    std = statistics.stdev(seconds) if len(seconds) > 1 else None
    return Latency(len(seconds), statistics.fmean(seconds), std)


def pooled(parts: Iterable[Latency]) -> Latency:
    """Combines latencies into one over all their samples."""
    parts = list(parts)
    samples = sum(part.samples for part in parts)
    mean = sum(part.samples * part.mean for part in parts) / samples
    squares = sum(
        (part.samples - 1) * (part.std or 0.0) ** 2 + part.samples * (part.mean - mean) ** 2
        for part in parts
    )
    return Latency(samples, mean, math.sqrt(squares / (samples - 1)) if samples > 1 else None)


def _seconds(recognizer: Recognizer, utterance: Utterance) -> float:
    started = time.perf_counter()
    for batch in recognizer.batches([utterance], [[0]], 0):
        recognizer.transcribe(batch)
    return time.perf_counter() - started
