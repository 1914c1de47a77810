"""Makes batches of clips for training and decoding Qwen3-ASR, in loader workers."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from transformers import Qwen3ASRFeatureExtractor

from plion.loading.clips import Clip
from plion.models.qwen3_asr import prompt
from plion.models.qwen3_asr.prompt import TAGS, Prompter, tag
from plion.models.qwen3_asr.tensors import Example, Request, example, log_mel, request
from plion.models.values import Targets


@dataclass(frozen=True)
class Collator:
    """Makes features, prompts and targets as tensors. `window`: `model.encoder_window`."""

    extractor: Qwen3ASRFeatureExtractor
    prompter: Prompter
    targets: Targets
    window: str = "8s"

    @property
    def context(self) -> int:
        """Number of tokens that the context adds to every prompt."""
        return self.prompter.context_tokens(self.targets.context)

    @property
    def settings(self) -> str:
        """All that `log_mel` uses of the extractor."""
        own = self.extractor
        filters = hashlib.sha256(own.mel_filters.tobytes()).hexdigest()
        return f"qwen3_asr {own.n_fft} {own.hop_length} {own.min_length} {filters}"

    def features(self, samples: np.ndarray) -> torch.Tensor:
        """The log-mel spectrogram of a clip at 16 kHz, shape (mels, frames)."""
        return log_mel(self.extractor, samples)

    def example(self, clips: Sequence[Clip]) -> Example:
        """A batch of clips with features, with the targets of their draws' tag policies."""
        sequences = [self._sequence(clip) for clip in clips]
        return example(_mels(clips), sequences, self.prompter.audio, self.window)

    def request(self, clips: Sequence[Clip]) -> Request:
        """A batch to decode, with the language tag given if `Targets.forced`."""
        languages = self.targets.languages
        prompts = [
            self.prompter.request(
                clip.samples,
                tag(languages[clip.utterance.language]) if self.targets.forced else "",
                self.targets.context,
            )
            for clip in clips
        ]
        ids = self.prompter.audio, self.prompter.end
        return request(_mels(clips), prompts, *ids, window=self.window)

    def _sequence(self, clip: Clip) -> prompt.Sequence:
        policy = TAGS[self.targets.policy(clip.draw)]
        language = self.targets.languages[clip.utterance.language]
        target = policy(language, self.targets.words(clip.utterance))
        return self.prompter.sequence(clip.samples, target, self.targets.context)


def _mels(clips: Sequence[Clip]) -> list[torch.Tensor]:
    return [clip.features for clip in clips if clip.features is not None]
