"""Frames and positions: the same of numbers and of tensors, and what the prompt leaves room for."""

import torch

from plion.models.qwen3_asr.frames import FRAMES_A_SECOND, HOP, thrice_halved
from plion.models.qwen3_asr.prompt import audio_tokens


def test_a_tensor_of_lengths_is_halved_as_each_of_them_is() -> None:
    lengths = list(range(1, 101))
    assert thrice_halved(torch.tensor(lengths)).tolist() == [thrice_halved(n) for n in lengths]


def test_a_second_of_audio_has_as_many_positions_as_the_prompt_has_places() -> None:
    second = HOP * FRAMES_A_SECOND
    assert thrice_halved(FRAMES_A_SECOND) == audio_tokens(second) == 13
