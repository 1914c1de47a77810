"""Utterances as tensors: features, prompts, and which positions are supervised."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import torch
from torch.nn.functional import pad as padded
from torch.nn.utils.rnn import pad_sequence
from transformers import Qwen3ASRFeatureExtractor

from plion.model import prompt

CHUNK = 100  # mel frames that the audio tower convolves together: a second
POSITIONS = 13  # that it makes of them
WINDOW = 104  # positions that attend to one another: 8 s


@dataclass
class Tensors:
    """A group of tensors, perhaps of groups of them, that moves between devices as one."""

    def to(self, device: torch.device, non_blocking: bool = False) -> Self:
        """The same group on another device."""
        return self._each(lambda part: part.to(device, non_blocking=non_blocking))

    def pin_memory(self) -> Self:
        """The same group where a device can fetch it from while the host goes on."""
        return self._each(lambda part: part.pin_memory())

    def _each(self, change: Callable[[Any], Any]) -> Self:
        return type(self)(**{one.name: change(getattr(self, one.name)) for one in fields(self)})


@dataclass
class Audio(Tensors):
    """The clips of a batch as the audio tower takes them, laid out while all lengths are at hand.

    `chunks` (C, mels, 100): the clips cut into seconds, one clip after another, zeros behind the
    end of each. The tower makes 13 positions of a chunk; the N that are not of zeros alone are
    `kept` (N,) of the C x 13, and belong at `places` (N,) of the B x T token positions.

    They attend to one another within windows of 8 s of a clip: W windows, between `bounds` (W + 1,)
    of the N positions. Padded to the longest, L positions, and laid end to end, position n is at
    `slots[n]`, and `mask` (W, L) is true where there is one.
    """

    chunks: torch.Tensor
    kept: torch.Tensor
    places: torch.Tensor
    bounds: torch.Tensor
    slots: torch.Tensor
    mask: torch.Tensor


@dataclass
class Example(Tensors):
    """A training batch of B utterances, S supervised tokens in all.

    ids (B, T), padded on the right. Supervised token s is `labels[s]`, predicted from position
    `columns[s]` of utterance `rows[s]`; `in_prefix[s]` says that it belongs to the language tag.
    """

    ids: torch.Tensor
    audio: Audio
    rows: torch.Tensor
    columns: torch.Tensor
    labels: torch.Tensor
    in_prefix: torch.Tensor


@dataclass
class Request(Tensors):
    """A batch to decode: ids and mask (B, T), padded on the left."""

    ids: torch.Tensor
    mask: torch.Tensor
    audio: Audio


def log_mel(extractor: Qwen3ASRFeatureExtractor, samples: np.ndarray) -> torch.Tensor:
    """Log-mel features of one clip at 16 kHz, shape (mels, frames), 100 frames a second.

    One clip at a time, so that features never depend on what shares a batch; the extractor's own
    default would pad every clip to 30 s.
    """
    features = extractor(samples, sampling_rate=16_000, padding="longest", n_window=0)
    return torch.as_tensor(features["input_features"][0])


def example(
    mels: Sequence[torch.Tensor], sequences: Sequence[prompt.Sequence], audio_token: int
) -> Example:
    """A training batch of features and token sequences; `audio_token` holds the audio's places."""
    ids = [torch.tensor(sequence.ids) for sequence in sequences]
    rectangle = pad_sequence(ids, batch_first=True, padding_value=_other_than(audio_token))
    lengths = torch.tensor([len(row) for row in ids])
    supervised = torch.tensor([sequence.prefix + sequence.text for sequence in sequences])
    prefixes = torch.tensor([sequence.prefix for sequence in sequences])
    place = torch.arange(rectangle.shape[1])
    first = (lengths - supervised)[:, None]
    rows, columns = ((place >= first) & (place < lengths[:, None])).nonzero(as_tuple=True)
    return Example(
        ids=rectangle,
        audio=_audio(mels, _where(rectangle == audio_token)),
        rows=rows,
        columns=columns - 1,
        labels=rectangle[rows, columns],
        in_prefix=columns < (first.squeeze(1) + prefixes)[rows],
    )


def request(
    mels: Sequence[torch.Tensor], prompts: Sequence[list[int]], audio_token: int, pad: int
) -> Request:
    """A batch to decode of features and prompts; `audio_token` holds the audio's places."""
    ids = [torch.tensor(row) for row in prompts]
    rectangle = pad_sequence(ids, batch_first=True, padding_value=pad, padding_side="left")
    lengths = torch.tensor([len(row) for row in ids])
    mask = torch.arange(rectangle.shape[1]) >= rectangle.shape[1] - lengths[:, None]
    return Request(rectangle, mask.long(), _audio(mels, _where(rectangle == audio_token)))


def _audio(mels: Sequence[torch.Tensor], places: torch.Tensor) -> Audio:
    frames = torch.tensor([mel.shape[1] for mel in mels])
    seconds = (frames + CHUNK - 1) // CHUNK
    chunks = torch.zeros(int(seconds.sum()), mels[0].shape[0], CHUNK)
    for mel, own in zip(mels, chunks.split(seconds.tolist()), strict=True):
        whole = padded(mel, (0, len(own) * CHUNK - mel.shape[1]))
        own.copy_(whole.unflatten(1, (len(own), CHUNK)).transpose(0, 1))
    lengths = torch.full((len(chunks),), POSITIONS)
    lengths[seconds.cumsum(0) - 1] = _positions(frames - (seconds - 1) * CHUNK)
    clips = [int(one.sum()) for one in lengths.split(seconds.tolist())]
    windows = torch.tensor(
        [min(WINDOW, clip - start) for clip in clips for start in range(0, clip, WINDOW)]
    )
    mask = torch.arange(int(windows.max())) < windows[:, None]
    return Audio(
        chunks=chunks,
        kept=_where(torch.arange(POSITIONS) < lengths[:, None]),
        places=places,
        bounds=padded(windows.cumsum(0), (1, 0)).int(),
        slots=_where(mask),
        mask=mask,
    )


def _positions(frames: torch.Tensor) -> torch.Tensor:
    """What the tower's three convolutions of stride 2 leave of frames."""
    for _ in range(3):
        frames = (frames + 1) // 2
    return frames


def _where(mask: torch.Tensor) -> torch.Tensor:
    """The true positions of a mask, laid end to end."""
    return mask.flatten().nonzero().squeeze(1)


def _other_than(token: int) -> int:
    """An id to pad with that is not a token's; nobody looks at what is computed of it."""
    return 0 if token else 1
