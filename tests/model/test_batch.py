"""Batches as tensors: padding, masks, supervised positions, and features alone as in company."""

import numpy as np
import pytest
import torch
from tiny import Tiny
from transformers import Qwen3ASRFeatureExtractor

from plion.model.batch import Request, example, log_mel, pad_features, request
from plion.model.prompt import Sequence

SECOND = 16_000
PAD = 5  # also an id that is said: masks go by position
SEQUENCES = [Sequence([7, 8, 9, 3, 4, PAD], prefix=2, text=1), Sequence([7, 6, PAD], 0, 2)]


@pytest.fixture(scope="module")
def extractor(tiny: Tiny) -> Qwen3ASRFeatureExtractor:
    return Qwen3ASRFeatureExtractor.from_pretrained(tiny.model)


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, round(seconds * SECOND)).astype(np.float32)


def mel(frames: int) -> torch.Tensor:
    return torch.rand(80, frames) + 1


@pytest.mark.parametrize("seconds", [0.5, 1.0, 1.234, 7.0])
def test_a_clip_has_100_frames_a_second(
    seconds: float, extractor: Qwen3ASRFeatureExtractor
) -> None:
    assert log_mel(extractor, noise(seconds)).shape == (80, int(100 * seconds))


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.3])
def test_a_clip_below_half_a_second_counts_as_half_a_second(
    seconds: float, extractor: Qwen3ASRFeatureExtractor
) -> None:
    assert log_mel(extractor, noise(seconds)).shape == (80, 50)


def test_features_are_those_of_the_processor_for_a_clip_alone(
    extractor: Qwen3ASRFeatureExtractor,
) -> None:
    samples = noise(1.3)
    official = extractor(samples, sampling_rate=SECOND, padding="longest")["input_features"]
    features, _ = pad_features([log_mel(extractor, samples)])
    torch.testing.assert_close(features, torch.as_tensor(official))


def test_features_do_not_depend_on_what_shares_the_batch(
    extractor: Qwen3ASRFeatureExtractor,
) -> None:
    clips = [log_mel(extractor, noise(seconds)) for seconds in (0.7, 2.3)]
    together, mask = pad_features(clips)
    for row, kept, clip in zip(together, mask, clips, strict=True):
        assert torch.equal(row[:, kept.bool()], clip)


@pytest.mark.parametrize(("frames", "padded"), [(50, 100), (100, 100), (101, 200), (250, 300)])
def test_features_are_padded_to_whole_seconds(frames: int, padded: int) -> None:
    features, mask = pad_features([mel(20), mel(frames)])
    assert features.shape == (2, 80, padded) and mask.shape == (2, padded)
    assert mask.sum(dim=1).tolist() == [20, frames]
    assert not features[0, :, 20:].any() and features[0, :, :20].all()


def test_a_training_batch_is_padded_on_the_right() -> None:
    batch = example([mel(50), mel(80)], SEQUENCES)
    assert batch.ids[0].tolist() == [7, 8, 9, 3, 4, PAD]
    assert batch.ids[1, :3].tolist() == [7, 6, PAD]
    assert batch.mask.tolist() == [[1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0]]


def test_the_last_tokens_are_supervised_each_from_the_position_before_it() -> None:
    batch = example([mel(50), mel(80)], SEQUENCES)
    supervised = torch.stack([batch.rows, batch.columns, batch.labels], dim=1)
    assert supervised.tolist() == [[0, 2, 3], [0, 3, 4], [0, 4, PAD], [1, 0, 6], [1, 1, PAD]]


def test_the_end_token_is_supervised_though_it_pads_too() -> None:
    ends = [Sequence([7, 0], 0, 1), Sequence([7, 8, 9, 0], 0, 2)]  # 0 is what ids are padded with
    batch = example([mel(50), mel(50)], ends)
    assert (batch.rows.tolist(), batch.labels.tolist()) == ([0, 1, 1], [0, 9, 0])


def test_the_tags_tokens_are_told_from_the_texts() -> None:
    batch = example([mel(50), mel(80)], SEQUENCES)
    assert batch.in_prefix.tolist() == [True, True, False, False, False]


def test_a_request_is_padded_on_the_left() -> None:
    batch = request([mel(50), mel(80)], [[7, 8, 9], [7]], pad=PAD)
    assert batch.ids.tolist() == [[7, 8, 9], [PAD, PAD, 7]]
    assert batch.mask.tolist() == [[1, 1, 1], [0, 0, 1]]


def test_a_prompt_that_has_the_pad_token_is_masked_by_position() -> None:
    batch = request([mel(50), mel(80)], [[PAD, 8], [7, PAD, PAD]], pad=PAD)
    assert batch.mask.tolist() == [[0, 1, 1], [1, 1, 1]]


def test_a_batch_moves_as_one() -> None:
    moved = request([mel(50)], [[7]], pad=PAD).to(torch.device("meta"))
    assert isinstance(moved, Request)
    assert {tensor.device.type for tensor in vars(moved).values()} == {"meta"}
