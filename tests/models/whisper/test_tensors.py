"""Features against the library's, and which tokens of a batch are supervised."""

import numpy as np
import pytest
import torch
from transformers import WhisperFeatureExtractor

from plion.models.whisper.prompt import Target
from plion.models.whisper.tensors import example, log_mel, request, whole

SECOND = 16_000


@pytest.fixture(scope="module")
def extractor() -> WhisperFeatureExtractor:
    return WhisperFeatureExtractor(chunk_length=3)


def noise(samples: int) -> np.ndarray:
    return np.random.default_rng(samples).normal(scale=0.1, size=samples).astype(np.float32)


@pytest.mark.parametrize("samples", [1, 200, 7_999, SECOND, 31_037, 3 * SECOND - 1, 3 * SECOND])
def test_features_of_a_window_are_the_librarys(
    samples: int, extractor: WhisperFeatureExtractor
) -> None:
    sound = noise(samples)
    expected = extractor(sound, sampling_rate=SECOND, return_tensors="pt").input_features
    found = whole([log_mel(extractor, sound)], 300)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


def test_features_of_silence_are_the_librarys(extractor: WhisperFeatureExtractor) -> None:
    sound = np.zeros(SECOND, np.float32)
    expected = extractor(sound, sampling_rate=SECOND, return_tensors="pt").input_features
    torch.testing.assert_close(whole([log_mel(extractor, sound)], 300), expected)


def test_what_is_longer_than_a_window_is_not_cut(extractor: WhisperFeatureExtractor) -> None:
    sound = noise(5 * SECOND + 70)
    expected = extractor(
        sound, sampling_rate=SECOND, return_tensors="pt", truncation=False, padding="longest"
    ).input_features
    torch.testing.assert_close(log_mel(extractor, sound)[None], expected, atol=1e-5, rtol=0)


def test_features_of_a_clip_are_those_of_its_own_sound(extractor: WhisperFeatureExtractor) -> None:
    assert log_mel(extractor, noise(SECOND)).shape == (80, 102)  # and what a transform looks back


def test_the_language_and_the_words_are_supervised() -> None:
    mels = [torch.zeros(2, 5), torch.ones(2, 3)]
    batch = example(mels, [Target([7, 1, 8, 9, 5, 6], 1, 2), Target([7, 2, 8, 9, 6], 0, 1)], 6)
    assert batch.features.shape == (2, 2, 6)
    assert batch.ids.tolist() == [[7, 1, 8, 9, 5], [7, 2, 8, 9, 6]]
    assert batch.labels.tolist() == [1, 5, 6, 6]
    assert batch.in_prefix.tolist() == [True, False, False, False]
    supervised = list(zip(batch.rows.tolist(), batch.columns.tolist(), strict=True))
    assert supervised == [(0, 0), (0, 3), (0, 4), (1, 3)]
    assert (batch.tokens, batch.positions) == ([3, 1], 5)


def test_a_request_is_as_long_as_its_longest_clip_or_a_window() -> None:
    short, long = torch.zeros(2, 5), torch.zeros(2, 9)
    assert request([short], [4], 6).features.shape == (1, 2, 6)
    both = request([short, long], [], 6)
    assert both.features.shape == (2, 2, 9) and both.lengths.tolist() == [6, 9]
    assert len(both.languages) == 0
