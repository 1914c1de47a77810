"""Utterances as tensors: features of a whole window, tokens, and positions of supervised ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import pad as padded
from torch.nn.utils.rnn import pad_sequence
from transformers import WhisperFeatureExtractor

from plion.loading.batches import Supervised, Tensors
from plion.models.whisper.prompt import Target

_SILENCE = -10.0  # log10 of the extractor's smallest power
_RANGE = 8.0  # below the loudest, at most


@dataclass
class WhisperExample(Supervised):
    """A training batch: its tokens, and features (B, mels, frames)."""

    features: torch.Tensor


@dataclass
class WhisperRequest(Tensors):
    """A batch to decode: features (B, mels, frames), `lengths` (B,) and `languages` (B,).

    Features have the frames of a window, or of the longest clip if that is longer. `lengths`:
    frames of each clip, at least a window's. `languages`: tokens of the given languages; empty,
    (0,), if the model is to name them.
    """

    features: torch.Tensor
    lengths: torch.Tensor
    languages: torch.Tensor


def log_mel(extractor: WhisperFeatureExtractor, samples: np.ndarray) -> torch.Tensor:
    """Log-mel features of one clip at 16 kHz, shape (mels, frames), 100 frames a second.

    Equals the extractor's output up to rounding and dither, without padding: `whole` adds the
    silence later, so that masks fall on speech.
    """
    size, half, hop = extractor.n_fft, extractor.n_fft // 2, extractor.hop_length
    # The last frame that hears the clip is up to half a transform behind its end.
    most = max(extractor.nb_max_frames, len(samples) // hop)
    frames = min(-(-(len(samples) + half) // hop), most)
    length = min(frames * hop + half, max(extractor.n_samples, len(samples)))
    ready = np.pad(samples, (0, max(length - len(samples), 0)))
    spectrum = torch.stft(
        torch.from_numpy(ready), size, hop, window=torch.hann_window(size), return_complex=True
    )[:, :frames]
    power = spectrum.real.square() + spectrum.imag.square()
    log = (torch.from_numpy(extractor.mel_filters).float().T @ power).clamp(min=1e-10).log10()
    return (torch.maximum(log, log.max() - _RANGE) + 4) / 4


def whole(mels: Sequence[torch.Tensor], frames: int) -> torch.Tensor:
    """Features of clips (mels, their frames), padded with silence: (B, mels, frames).

    Silence has the value that the extractor gives it, which depends on a clip's maximum.
    """
    return torch.stack([padded(one, (0, frames - one.shape[1]), value=_floor(one)) for one in mels])


def example(mels: Sequence[torch.Tensor], targets: Sequence[Target], frames: int) -> WhisperExample:
    """A training batch of features and token sequences, padded to a window of `frames`."""
    ids = [torch.tensor(target.ids) for target in targets]
    rectangle = pad_sequence(ids, batch_first=True)
    lengths = torch.tensor([len(row) for row in ids])[:, None]
    words = torch.tensor([target.text for target in targets])[:, None]
    prefixes = torch.tensor([target.prefix for target in targets])[:, None]
    place = torch.arange(rectangle.shape[1])
    language = (place == 1) & (prefixes > 0)
    text = (place >= lengths - words) & (place < lengths)
    rows, columns = (language | text).nonzero(as_tuple=True)
    return WhisperExample(
        features=whole(mels, frames),
        ids=rectangle[:, :-1],  # the last is predicted, and predicts nothing
        rows=rows,
        columns=columns - 1,
        labels=rectangle[rows, columns],
        in_prefix=language[rows, columns],
    )


def request(mels: Sequence[torch.Tensor], languages: Sequence[int], frames: int) -> WhisperRequest:
    """A batch to decode; `languages`: tokens of the given languages; empty if none are given."""
    lengths = [max(one.shape[1], frames) for one in mels]
    return WhisperRequest(
        features=whole(mels, max(lengths)),
        lengths=torch.tensor(lengths),
        languages=torch.tensor(languages, dtype=torch.long),
    )


def _floor(mel: torch.Tensor) -> float:
    return max((_SILENCE + 4) / 4, float(mel.max()) - _RANGE / 4)
