"""From utterances to clips with features, and clips to training batches, in a loader's workers."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.utils.data import Dataset
from transformers import Qwen3ASRFeatureExtractor

from plion.config.languages import known_languages
from plion.config.schema import Experiment
from plion.data.manifest import Utterance
from plion.errors import InputError
from plion.loading.audio import read_audio
from plion.loading.augment import Augmentation
from plion.models.qwen3_asr.prompt import TAGS, Prompter, Target, spelled
from plion.models.qwen3_asr.tensors import Example, example, log_mel

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Clip:
    """An utterance with its features; `mel` is None where its audio is bad and skipped.

    `samples`: of the audio that the features are of, at 16 kHz.
    """

    utterance: Utterance
    draw: int
    samples: int
    mel: torch.Tensor | None


class Clips(Dataset[Clip]):
    """Utterances by (number, draw number), decoded and turned into features on demand.

    With an augmentation, audio and features are changed as it says for the draw.
    """

    def __init__(
        self,
        utterance: Callable[[int], Utterance],
        extractor: Qwen3ASRFeatureExtractor,
        *,
        skip_bad: bool = False,
        augmentation: Augmentation | None = None,
    ) -> None:
        self.utterance = utterance
        self.extractor = extractor
        self.skip_bad = skip_bad
        self.augmentation = augmentation

    def __getitem__(self, key: tuple[int, int]) -> Clip:
        number, draw = key
        utterance = self.utterance(number)
        try:
            samples = read_audio(utterance)
        except InputError as bad:
            if not self.skip_bad:
                raise
            log.warning("skipped: %s", bad)
            return Clip(utterance, draw, 0, None)
        if self.augmentation is None:
            return Clip(utterance, draw, len(samples), log_mel(self.extractor, samples))
        samples = self.augmentation.waveform(samples, draw)
        mel = self.augmentation.spectrogram(log_mel(self.extractor, samples), draw)
        return Clip(utterance, draw, len(samples), mel)


@dataclass(frozen=True)
class Seen:
    """What a step consumed of one utterance: what shares and prices are counted from."""

    id: str
    language: str
    dataset: str
    seconds: float
    tokens: int


@dataclass(frozen=True)
class TrainBatch:
    """A training batch; `example` is None where all its audio was bad."""

    example: Example | None
    seen: tuple[Seen, ...]
    skipped: tuple[str, ...]

    def to(self, device: torch.device, non_blocking: bool = False) -> "TrainBatch":
        """The same batch with its tensors on another device."""
        moved = self.example and self.example.to(device, non_blocking)
        return TrainBatch(moved, self.seen, self.skipped)

    def pin_memory(self) -> "TrainBatch":
        """The same batch in memory from which CUDA fetches while the host goes on."""
        return replace(self, example=self.example and self.example.pin_memory())


def target(utterance: Utterance, exp: Experiment, draw: int | None) -> Target:
    """What the model is to say to an utterance. `mixed` draws by (seed, draw number) alone.

    Without a draw number (in validation) `mixed` is `predict`.
    """
    policy = exp.tag.train
    if policy == "mixed":
        chance = 1.0 if draw is None else np.random.default_rng([exp.seed, draw]).random()
        policy = "condition" if chance < exp.tag.mixed.p else "predict"
    language = known_languages(exp)[utterance.language]
    return TAGS[policy](language, spelled(utterance.text, language, exp.data.target_text))


class TrainCollator:
    """Clips to a TrainBatch, targets by the experiment's tag policy."""

    def __init__(self, prompter: Prompter, exp: Experiment) -> None:
        self.prompter = prompter
        self.exp = exp

    def __call__(self, clips: Sequence[Clip]) -> TrainBatch:
        good = [clip for clip in clips if clip.mel is not None]
        skipped = tuple(clip.utterance.id for clip in clips if clip.mel is None)
        if not good:
            return TrainBatch(None, (), skipped)
        sequences = [
            self.prompter.sequence(
                clip.samples, target(clip.utterance, self.exp, clip.draw), self.exp.data.context
            )
            for clip in good
        ]
        seen = tuple(
            Seen(
                clip.utterance.id,
                clip.utterance.language,
                clip.utterance.dataset,
                clip.utterance.duration,
                sequence.prefix + sequence.text,
            )
            for clip, sequence in zip(good, sequences, strict=True)
        )
        mels = [clip.mel for clip in good if clip.mel is not None]
        window = self.exp.model.encoder_window
        return TrainBatch(example(mels, sequences, self.prompter.audio, window), seen, skipped)
