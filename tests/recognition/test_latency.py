"""Latency by its protocol: which utterances are timed, alone, after a warm-up."""

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
import torch

from plion.data.utterance import Utterance
from plion.models.values import Said
from plion.recognition import latency as module
from plion.recognition.latency import WARM_UP, Latency, latency, pooled, spread, summarise
from plion.recognition.recognizers import Recognizer

UTTERANCES = [Utterance(str(n), f"{n}.wav", "", "en", "librispeech", 1.0) for n in range(10)]


class Watched(Recognizer):
    """A recogniser that notes which utterances it is given, and how."""

    def __init__(self) -> None:
        self.decoded: list[str] = []

    def to(self, device: torch.device) -> None:
        raise AssertionError("it is there already")

    def batches(
        self, utterances: Sequence[Utterance], places: Sequence[Sequence[int]], workers: int
    ) -> Iterable[Any]:
        assert (len(utterances), places, workers) == (1, [[0]], 0)
        yield utterances

    def transcribe(self, batch: Any) -> list[Said]:
        self.decoded += [one.id for one in batch]
        return [Said("", "", None)]


def test_utterances_are_decoded_alone_after_a_warm_up() -> None:
    recognizer = Watched()
    assert latency(recognizer, UTTERANCES, 5).samples == 5
    assert recognizer.decoded == ["0", "2", "4", "0", "2", "4", "6", "8"]
    assert WARM_UP == 3


def test_the_warm_up_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr(module.time, "perf_counter", lambda: next(clock) ** 2)
    # The n-th decoding begins at (2n)^2 and ends at (2n + 1)^2.
    expected = summarise([4 * n + 1 for n in range(WARM_UP, WARM_UP + 4)])
    assert latency(Watched(), UTTERANCES, 4) == expected


def test_a_small_test_set_is_timed_whole() -> None:
    assert [one.id for one in spread(UTTERANCES[:3], 20)] == ["0", "1", "2"]


def test_latencies_of_several_sets_are_those_of_all_samples() -> None:
    times = [[0.1, 0.3], [0.2, 0.5, 0.8], [1.0]]
    together = [second for part in times for second in part]
    found = pooled(summarise(part) for part in times)
    assert found.samples == 6
    assert found.mean == pytest.approx(statistics.fmean(together))
    assert found.std == pytest.approx(statistics.stdev(together))


def test_one_sample_has_no_deviation() -> None:
    assert summarise([0.5]) == Latency(1, 0.5, None) == pooled([summarise([0.5])])
