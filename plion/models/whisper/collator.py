"""Makes batches of clips for training and decoding, in the loader's processes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from transformers import WhisperFeatureExtractor

from plion.errors import InputError
from plion.loading.clips import Clip
from plion.models.values import Targets
from plion.models.whisper.prompt import Prompter, Target
from plion.models.whisper.tensors import WhisperExample, WhisperRequest, example, log_mel, request
from plion.models.whisper.window import FRAMES_A_SECOND, HOP, OPENING, Window


@dataclass(frozen=True)
class WhisperCollator:
    """`plion.models.base.Collator`, whose docstrings hold here too."""

    extractor: WhisperFeatureExtractor
    prompter: Prompter
    window: Window
    targets: Targets

    context = 0

    @property
    def settings(self) -> str:
        own = self.extractor
        filters = hashlib.sha256(own.mel_filters.tobytes()).hexdigest()
        lengths = f"{own.n_fft} {own.hop_length} {own.nb_max_frames} {own.n_samples}"
        return f"whisper {lengths} {filters}"

    def features(self, samples: np.ndarray) -> torch.Tensor:
        return log_mel(self.extractor, samples)

    def example(self, clips: Sequence[Clip]) -> WhisperExample:
        """Raises InputError, naming the utterance, for a clip or a text that is too long."""
        mels = [self._heard(clip) for clip in clips]
        return example(mels, [self._target(clip) for clip in clips], self.window.frames)

    def request(self, clips: Sequence[Clip]) -> WhisperRequest:
        """Raises InputError for a given language that the model has no token for."""
        keys = [clip.utterance.language for clip in clips] if self.targets.forced else []
        given = [self.prompter.token(self.targets.languages[key]) for key in keys]
        return request([self._cut(clip) for clip in clips], given, self.window.frames)

    def _target(self, clip: Clip) -> Target:
        one = clip.utterance
        supervised = self.targets.policy(clip.draw) == "predict"
        language = self.targets.languages[one.language]
        found = self.prompter.target(language, self.targets.words(one), supervised=supervised)
        check_text(one.id, found.text - 1, self.window)
        return found

    def _heard(self, clip: Clip) -> torch.Tensor:
        """The features of a clip; raises InputError if it is longer than the encoder's window."""
        mel = self._cut(clip)
        if mel.shape[1] > self.window.frames:
            seconds = clip.samples / (HOP * FRAMES_A_SECOND)
            raise InputError(
                f"utterance '{clip.utterance.id}' of {seconds:.2f} s is longer than the "
                f"{self.window.seconds:g} s that this Whisper hears, and nothing is cut in "
                "silence; cut it into shorter utterances, or leave it out of the manifest"
            )
        return mel

    def _cut(self, clip: Clip) -> torch.Tensor:
        """Removes a last frame that exists only through rounding."""
        assert clip.features is not None
        mel: torch.Tensor = clip.features
        rounded = clip.samples - self.window.samples < HOP
        return mel[:, : self.window.frames] if rounded else mel


def check_text(name: str, tokens: int, window: Window) -> None:
    """Raises InputError, naming the utterance, for a text of more tokens than the decoder has."""
    if tokens > window.words:
        raise InputError(
            f"the text of utterance '{name}' has {tokens} tokens, and this Whisper writes "
            f"{window.words} at most ({window.positions} positions, {OPENING} of them for its "
            "prompt); cut the utterance into shorter ones, or leave it out of the manifest"
        )
