"""Batches as tensors: padding, masks, supervised positions, and features alone as in company."""

import numpy as np
import pytest
import torch
from tiny import Tiny
from transformers import Qwen3ASRFeatureExtractor

from plion.models.qwen3_asr.prompt import Sequence, audio_tokens
from plion.models.qwen3_asr.tensors import Audio, Request, example, log_mel, request

SECOND = 16_000
PAD = 5  # also an id that is said: masks go by position
HEARD = 11  # stands where audio does
SEQUENCES = [Sequence([7, 8, 9, 3, 4, PAD], prefix=2, text=1), Sequence([7, 6, PAD], 0, 2)]


@pytest.fixture(scope="module")
def extractor(tiny: Tiny) -> Qwen3ASRFeatureExtractor:
    return Qwen3ASRFeatureExtractor.from_pretrained(tiny.model)


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, round(seconds * SECOND)).astype(np.float32)


def mel(frames: int) -> torch.Tensor:
    return torch.rand(80, frames) + 1


def placeholders(frames: int) -> int:
    """Of so many frames, be they fewer than a clip ever has."""
    return 3 if frames == 20 else audio_tokens(160 * frames)


def audio(mels: list[torch.Tensor], window: str = "8s") -> Audio:
    prompts = [[HEARD] * placeholders(one.shape[1]) for one in mels]
    return request(mels, prompts, HEARD, PAD, window=window).audio


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


@pytest.mark.parametrize("seconds", [0.0, 0.2, 1.0, 1.3])
def test_features_are_those_of_the_processor_for_a_clip_alone(
    seconds: float, extractor: Qwen3ASRFeatureExtractor
) -> None:
    samples = noise(seconds)
    official = extractor(samples, sampling_rate=SECOND, padding="longest")["input_features"]
    chunks = audio([log_mel(extractor, samples)]).chunks
    found, expected = torch.cat([*chunks], dim=1), torch.as_tensor(official)[0]
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=0)


def test_features_are_of_as_many_bands_as_the_extractor_has() -> None:
    published, samples = Qwen3ASRFeatureExtractor(), noise(0.7)
    official = published(samples, sampling_rate=SECOND, padding="longest", n_window=0)
    expected = torch.as_tensor(official["input_features"])[0]
    torch.testing.assert_close(log_mel(published, samples), expected, atol=1e-6, rtol=0)
    assert len(expected) == 128


def test_features_do_not_depend_on_what_shares_the_batch(
    extractor: Qwen3ASRFeatureExtractor,
) -> None:
    clips = [log_mel(extractor, noise(seconds)) for seconds in (0.7, 2.3)]
    together = audio(clips).chunks
    alone = torch.cat([audio([clip]).chunks for clip in clips])
    assert torch.equal(together, alone)


@pytest.mark.parametrize(("frames", "seconds"), [(50, 1), (100, 1), (101, 2), (250, 3)])
def test_a_clip_is_cut_into_seconds_with_silence_behind_its_end(frames: int, seconds: int) -> None:
    clips = [mel(20), mel(frames)]
    first, *others = audio(clips).chunks
    assert len(others) == seconds
    assert torch.equal(first[:, :20], clips[0]) and not first[:, 20:].any()
    joined = torch.cat(others, dim=1)
    assert torch.equal(joined[:, :frames], clips[1]) and not joined[:, frames:].any()


@pytest.mark.parametrize("frames", [20, 97, 100, 101, 799, 800, 801, 3000])
def test_as_many_positions_are_kept_as_the_prompt_has_places(frames: int) -> None:
    found = audio([mel(frames), mel(50)])
    assert len(found.kept) == len(found.places) == placeholders(frames) + placeholders(50)
    assert found.kept.max() < 13 * len(found.chunks)


def test_audio_belongs_where_its_token_stands() -> None:
    ids = [[7, *[HEARD] * placeholders(50), 8], [HEARD] * placeholders(150)]
    batch = request([mel(50), mel(150)], ids, HEARD, PAD)
    assert batch.ids.flatten()[batch.audio.places].tolist() == [HEARD] * len(batch.audio.kept)
    assert int((batch.ids == HEARD).sum()) == len(batch.audio.kept)


def test_a_clip_is_heard_in_windows_of_eight_seconds() -> None:
    found = audio([mel(50), mel(2000), mel(800), mel(801)])
    assert found.bounds.diff().tolist() == [7, 104, 104, 52, 104, 104, 1]
    assert found.mask.shape == (7, 104)
    assert found.mask.sum(dim=1).tolist() == found.bounds.diff().tolist()
    assert found.mask.flatten()[found.slots].all() and len(found.slots) == len(found.kept)


def test_a_full_window_is_a_clip_however_long_and_no_other() -> None:
    found = audio([mel(50), mel(2000), mel(801)], "full")
    assert found.bounds.diff().tolist() == [7, 260, 105]
    assert found.mask.sum(dim=1).tolist() == [7, 260, 105]
    sequences = [Sequence([HEARD] * 260, 0, 1)]
    assert example([mel(2000)], sequences, HEARD, "full").audio.bounds.tolist() == [0, 260]


def test_a_training_batch_is_padded_on_the_right() -> None:
    batch = example([mel(50), mel(80)], SEQUENCES, HEARD)
    assert batch.ids[0].tolist() == [7, 8, 9, 3, 4, PAD]
    assert batch.ids[1, :3].tolist() == [7, 6, PAD]


@pytest.mark.parametrize("token", [0, HEARD])
def test_padding_is_never_taken_for_audio(token: int) -> None:
    batch = example(
        [mel(50), mel(80)], [Sequence([3, token], 0, 1), Sequence([3] * 9, 0, 1)], token
    )
    assert batch.audio.places.tolist() == [1]


def test_the_last_tokens_are_supervised_each_from_the_position_before_it() -> None:
    batch = example([mel(50), mel(80)], SEQUENCES, HEARD)
    supervised = torch.stack([batch.rows, batch.columns, batch.labels], dim=1)
    assert supervised.tolist() == [[0, 2, 3], [0, 3, 4], [0, 4, PAD], [1, 0, 6], [1, 1, PAD]]


def test_the_end_token_is_supervised_though_it_pads_too() -> None:
    ends = [Sequence([7, 0], 0, 1), Sequence([7, 8, 9, 0], 0, 2)]  # 0 is what ids are padded with
    batch = example([mel(50), mel(50)], ends, HEARD)
    assert (batch.rows.tolist(), batch.labels.tolist()) == ([0, 1, 1], [0, 9, 0])


def test_the_tags_tokens_are_told_from_the_texts() -> None:
    batch = example([mel(50), mel(80)], SEQUENCES, HEARD)
    assert batch.in_prefix.tolist() == [True, True, False, False, False]


def test_a_request_is_padded_on_the_left() -> None:
    batch = request([mel(50), mel(80)], [[7, 8, 9], [7]], HEARD, PAD)
    assert batch.ids.tolist() == [[7, 8, 9], [PAD, PAD, 7]]
    assert batch.mask.tolist() == [[1, 1, 1], [0, 0, 1]]


def test_a_prompt_that_has_the_pad_token_is_masked_by_position() -> None:
    batch = request([mel(50), mel(80)], [[PAD, 8], [7, PAD, PAD]], HEARD, PAD)
    assert batch.mask.tolist() == [[0, 1, 1], [1, 1, 1]]


def test_a_batch_moves_as_one() -> None:
    moved = request([mel(50)], [[7]], HEARD, PAD).to(torch.device("meta"))
    assert isinstance(moved, Request)
    parts = [moved.ids, moved.mask, *vars(moved.audio).values()]
    assert {tensor.device.type for tensor in parts} == {"meta"}
