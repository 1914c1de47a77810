"""What the library's own classes are given of a batch: padded rectangles and masks."""

from collections.abc import Sequence

import torch
from torch.nn.utils.rnn import pad_sequence

from plion.models.qwen3_asr import prompt


def padded(mels: Sequence[torch.Tensor]) -> dict[str, torch.Tensor]:
    """Features (B, mels, F), F a multiple of 100, and which frames of them are of a clip (B, F)."""
    frames = torch.tensor([mel.shape[1] for mel in mels])
    longest = -(-int(frames.max()) // 100) * 100
    features = torch.zeros(len(mels), mels[0].shape[0], longest)
    for row, mel in zip(features, mels, strict=True):
        row[:, : mel.shape[1]] = mel
    return {
        "input_features": features,
        "input_features_mask": (torch.arange(longest) < frames[:, None]).long(),
    }


def supervised(
    mels: Sequence[torch.Tensor], sequences: Sequence[prompt.Sequence]
) -> dict[str, torch.Tensor]:
    """The arguments of the whole model for its loss: -100 wherever nothing is to be learnt."""
    ids = [torch.tensor(one.ids) for one in sequences]
    labels = [row.clone() for row in ids]
    for row, one in zip(labels, sequences, strict=True):
        row[: len(row) - one.prefix - one.text] = -100
    return {
        "input_ids": pad_sequence(ids, batch_first=True),
        "attention_mask": pad_sequence([torch.ones_like(row) for row in ids], batch_first=True),
        "labels": pad_sequence(labels, batch_first=True, padding_value=-100),
        **padded(mels),
    }
