"""Tensors of a batch: features, prompts, and supervised positions."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch.nn.functional import pad as padded
from torch.nn.utils.rnn import pad_sequence
from transformers import Qwen3ASRFeatureExtractor

from plion.loading.batches import Supervised, Tensors
from plion.models.qwen3_asr import prompt
from plion.models.qwen3_asr.frames import FRAMES_A_SECOND, thrice_halved

CHUNK = FRAMES_A_SECOND  # mel frames per chunk of the audio tower: one second
POSITIONS = thrice_halved(CHUNK)  # positions per chunk: 13
WINDOW = 104  # positions that attend to one another: 8 s
WINDOW_LENGTHS = {"8s": WINDOW, "full": sys.maxsize}  # by `model.encoder_window`, at most


@dataclass
class Audio(Tensors):
    """The clips of a batch as input of the audio tower, with all indices it needs.

    `chunks` (C, mels, 100): the clips cut into seconds, one clip after another, padded with zeros.
    The tower makes 13 positions per chunk; `kept` (N,) are the indices, among C x 13, of the N
    positions that are not padding, and `places` (N,) their positions among the B x T tokens.

    Positions attend within windows of a clip (8 s, or the whole clip): W windows with `bounds`
    (W + 1,) in the N positions. With windows padded to the longest, L positions, position n is at
    `slots[n]` of W x L, and `mask` (W, L) is true at positions.
    """

    chunks: torch.Tensor
    kept: torch.Tensor
    places: torch.Tensor
    bounds: torch.Tensor
    slots: torch.Tensor
    mask: torch.Tensor


@dataclass
class Example(Supervised):
    """A training batch: its tokens, and the audio among them."""

    audio: Audio


@dataclass
class Request(Tensors):
    """A batch to decode: ids and mask (B, T), padded on the left."""

    ids: torch.Tensor
    mask: torch.Tensor
    audio: Audio


def log_mel(extractor: Qwen3ASRFeatureExtractor, samples: np.ndarray) -> torch.Tensor:
    """Log-mel features of one clip at 16 kHz, shape (mels, frames), 100 frames a second.

    Equal to the extractor's up to rounding, without its dither (added noise), in less than half
    the time. Takes one clip at a time, so that features do not depend on the batch.
    """
    size, half = extractor.n_fft, extractor.n_fft // 2
    if len(samples) < extractor.min_length:
        samples = np.pad(samples, (0, extractor.min_length - len(samples)))
    ends = samples[half:0:-1], samples[-2 : -half - 2 : -1]
    mirrored = np.concatenate([ends[0], samples, ends[1]], dtype=np.float32)
    frames = torch.from_numpy(mirrored).unfold(0, size, extractor.hop_length)[:-1]
    spectrum = torch.fft.rfft(frames * _hann(size))
    power = spectrum.real.square() + spectrum.imag.square()
    log = (power @ torch.from_numpy(extractor.mel_filters).float()).clamp(min=1e-10).log10()
    return ((torch.maximum(log, log.max() - 8) + 4) / 4).T


@cache
def _hann(size: int) -> torch.Tensor:
    """The window function applied to each frame."""
    return torch.hann_window(size)


def example(
    mels: Sequence[torch.Tensor],
    sequences: Sequence[prompt.Sequence],
    audio_token: int,
    window: str = "8s",
) -> Example:
    """A training batch of features and token sequences; `audio_token` holds the audio's places.

    `window`: a key of `WINDOW_LENGTHS`.
    """
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
        audio=_audio(mels, _where(rectangle == audio_token), WINDOW_LENGTHS[window]),
        rows=rows,
        columns=columns - 1,
        labels=rectangle[rows, columns],
        in_prefix=columns < (first.squeeze(1) + prefixes)[rows],
    )


def request(
    mels: Sequence[torch.Tensor],
    prompts: Sequence[list[int]],
    audio_token: int,
    pad: int,
    *,
    window: str = "8s",
) -> Request:
    """A batch to decode of features and prompts; `audio_token` holds the audio's places.

    `window`: a key of `WINDOW_LENGTHS`.
    """
    ids = [torch.tensor(row) for row in prompts]
    rectangle = pad_sequence(ids, batch_first=True, padding_value=pad, padding_side="left")
    lengths = torch.tensor([len(row) for row in ids])
    mask = torch.arange(rectangle.shape[1]) >= rectangle.shape[1] - lengths[:, None]
    audio = _audio(mels, _where(rectangle == audio_token), WINDOW_LENGTHS[window])
    return Request(rectangle, mask.long(), audio)


def _audio(mels: Sequence[torch.Tensor], places: torch.Tensor, window: int) -> Audio:
    frames = torch.tensor([mel.shape[1] for mel in mels])
    seconds = (frames + CHUNK - 1) // CHUNK
    chunks = torch.zeros(int(seconds.sum()), mels[0].shape[0], CHUNK)
    for mel, own in zip(mels, chunks.split(seconds.tolist()), strict=True):
        whole = padded(mel, (0, len(own) * CHUNK - mel.shape[1]))
        own.copy_(whole.unflatten(1, (len(own), CHUNK)).transpose(0, 1))
    lengths = torch.full((len(chunks),), POSITIONS)
    lengths[seconds.cumsum(0) - 1] = thrice_halved(frames - (seconds - 1) * CHUNK)
    clips = [int(one.sum()) for one in lengths.split(seconds.tolist())]
    windows = torch.tensor(
        [min(window, clip - start) for clip in clips for start in range(0, clip, window)]
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


def _where(mask: torch.Tensor) -> torch.Tensor:
    """Indices of the true elements of a mask, flattened."""
    return mask.flatten().nonzero().squeeze(1)


def _other_than(token: int) -> int:
    """A padding id other than this token's; what is computed from it is unused."""
    return 0 if token else 1
