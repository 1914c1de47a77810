"""Utterances as tensors: features, prompts, and which positions are supervised."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence
from transformers import Qwen3ASRFeatureExtractor

from plion.model import prompt

_CHUNK = 100  # mel frames; the encoder takes whole seconds


@dataclass
class Tensors:
    """A group of tensors that moves between devices as one."""

    def to(self, device: torch.device, non_blocking: bool = False) -> Self:
        """The same group on another device."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return type(self)(**{k: v.to(device, non_blocking=non_blocking) for k, v in values.items()})


@dataclass
class Example(Tensors):
    """A training batch of B utterances, S supervised tokens in all.

    ids, mask (B, T), padded on the right; features (B, mels, F) and features_mask (B, F) with F a
    multiple of 100. Supervised token s is `labels[s]`, predicted from position
    `columns[s]` of utterance `rows[s]`; `in_prefix[s]` says that it belongs to the language tag.
    """

    ids: torch.Tensor
    mask: torch.Tensor
    features: torch.Tensor
    features_mask: torch.Tensor
    rows: torch.Tensor
    columns: torch.Tensor
    labels: torch.Tensor
    in_prefix: torch.Tensor


@dataclass
class Request(Tensors):
    """A batch to decode: ids and mask (B, T), padded on the left; features as in Example."""

    ids: torch.Tensor
    mask: torch.Tensor
    features: torch.Tensor
    features_mask: torch.Tensor


def log_mel(extractor: Qwen3ASRFeatureExtractor, samples: np.ndarray) -> torch.Tensor:
    """Log-mel features of one clip at 16 kHz, shape (mels, frames), 100 frames a second.

    One clip at a time, so that features never depend on what shares a batch; the extractor's own
    default would pad every clip to 30 s.
    """
    features = extractor(samples, sampling_rate=16_000, padding="longest", n_window=0)
    return torch.as_tensor(features["input_features"][0])


def pad_features(mels: Sequence[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """Features of several clips as (B, mels, F) and their mask (B, F), F a multiple of 100."""
    frames = torch.tensor([mel.shape[1] for mel in mels])
    longest = -(-int(frames.max()) // _CHUNK) * _CHUNK
    features = torch.zeros(len(mels), mels[0].shape[0], longest)
    for row, mel in zip(features, mels, strict=True):
        row[:, : mel.shape[1]] = mel
    return features, (torch.arange(longest) < frames[:, None]).long()


def example(mels: Sequence[torch.Tensor], sequences: Sequence[prompt.Sequence]) -> Example:
    """A training batch of features and token sequences."""
    features, features_mask = pad_features(mels)
    ids = [torch.tensor(sequence.ids) for sequence in sequences]
    padded = pad_sequence(ids, batch_first=True)
    lengths = torch.tensor([len(row) for row in ids])
    supervised = torch.tensor([sequence.prefix + sequence.text for sequence in sequences])
    prefixes = torch.tensor([sequence.prefix for sequence in sequences])
    place = torch.arange(padded.shape[1])
    first = (lengths - supervised)[:, None]
    rows, columns = ((place >= first) & (place < lengths[:, None])).nonzero(as_tuple=True)
    return Example(
        ids=padded,
        mask=(place < lengths[:, None]).long(),
        features=features,
        features_mask=features_mask,
        rows=rows,
        columns=columns - 1,
        labels=padded[rows, columns],
        in_prefix=columns < (first.squeeze(1) + prefixes)[rows],
    )


def request(mels: Sequence[torch.Tensor], prompts: Sequence[list[int]], pad: int) -> Request:
    """A batch to decode of features and prompts."""
    features, features_mask = pad_features(mels)
    ids = [torch.tensor(row) for row in prompts]
    padded = pad_sequence(ids, batch_first=True, padding_value=pad, padding_side="left")
    lengths = torch.tensor([len(row) for row in ids])
    mask = torch.arange(padded.shape[1]) >= padded.shape[1] - lengths[:, None]
    return Request(padded, mask.long(), features, features_mask)
