"""From utterances to batches of tensors, in a loader's workers."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset
from transformers import Qwen3ASRFeatureExtractor

from plion.data.audio import SAMPLE_RATE, read_audio
from plion.data.augment import Augmentation
from plion.data.manifest import Utterance
from plion.errors import InputError
from plion.model.batch import Example, Request, example, log_mel, request
from plion.model.checkpoint import Checkpoint
from plion.model.prompt import TAGS, Prompter, Target, spelled, tag
from plion.sampling.batches import Budget, Lengths, compose
from plion.settings import Experiment

log = logging.getLogger(__name__)

_GRACE = 120  # seconds in which a run that is to stop finishes its step


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


@dataclass(frozen=True)
class DecodeBatch:
    """A batch to decode, and to measure the loss on where its references are targets."""

    request: Request
    limits: tuple[int, ...]
    utterances: tuple[Utterance, ...]
    example: Example | None

    def to(self, device: torch.device, non_blocking: bool = False) -> "DecodeBatch":
        """The same batch with its tensors on another device."""
        moved = self.example and self.example.to(device, non_blocking)
        return DecodeBatch(
            self.request.to(device, non_blocking), self.limits, self.utterances, moved
        )

    def pin_memory(self) -> "DecodeBatch":
        """The same batch in memory from which CUDA fetches while the host goes on."""
        example = self.example and self.example.pin_memory()
        return replace(self, request=self.request.pin_memory(), example=example)


def target(utterance: Utterance, exp: Experiment, draw: int | None) -> Target:
    """What the model is to say to an utterance. `mixed` draws by (seed, draw number) alone.

    Without a draw number (in validation) `mixed` is `predict`.
    """
    policy = exp.tag.train
    if policy == "mixed":
        chance = 1.0 if draw is None else np.random.default_rng([exp.seed, draw]).random()
        policy = "condition" if chance < exp.tag.mixed.p else "predict"
    text = spelled(utterance.text, utterance.language, exp.data.target_text)
    return TAGS[policy](utterance.language, text)


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
            self.prompter.sequence(clip.samples, target(clip.utterance, self.exp, clip.draw))
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
        return TrainBatch(example(mels, sequences, self.prompter.audio), seen, skipped)


class DecodeCollator:
    """Clips to a DecodeBatch. `loss` adds the targets that a validation loss is measured on."""

    def __init__(self, prompter: Prompter, exp: Experiment, loss: bool) -> None:
        self.prompter = prompter
        self.exp = exp
        self.loss = loss

    def __call__(self, clips: Sequence[Clip]) -> DecodeBatch:
        mels = [clip.mel for clip in clips if clip.mel is not None]
        forced = self.exp.tag.decode == "forced"
        prompts = [
            self.prompter.request(clip.samples, tag(clip.utterance.language) if forced else "")
            for clip in clips
        ]
        return DecodeBatch(
            request=request(mels, prompts, self.prompter.audio, self.prompter.end),
            limits=tuple(limit(clip.samples, self.exp) for clip in clips),
            utterances=tuple(clip.utterance for clip in clips),
            example=self._example(clips, mels) if self.loss else None,
        )

    def _example(self, clips: Sequence[Clip], mels: Sequence[torch.Tensor]) -> Example:
        sequences = [
            self.prompter.sequence(clip.samples, target(clip.utterance, self.exp, None))
            for clip in clips
        ]
        return example(mels, sequences, self.prompter.audio)


def limit(samples: int, exp: Experiment) -> int:
    """Tokens that a transcript may have: the language tag's, and some a second of audio."""
    return round(16 + exp.evaluate.tokens_per_second * samples / SAMPLE_RATE)


def decoding_batches(
    utterances: Sequence[Utterance], exp: Experiment, shortest: float = 0.0
) -> list[list[int]]:
    """Places of utterances in batches of like length under `evaluate`'s budget.

    The longest come first: what does not fit into memory shows at once. `shortest`: seconds that
    every clip is padded to.
    """
    durations = np.array([utterance.duration for utterance in utterances])
    seconds = np.maximum(durations, shortest)
    budget = Budget(
        max(exp.evaluate.seconds, float(np.ceil(seconds.max()))),
        exp.evaluate.utterances,
        len(utterances),
    )
    falling = np.argsort(-durations, kind="stable")  # kept among those padded to one length
    cut = compose(falling, Lengths(seconds), budget, np.random.default_rng(0))
    batches = [falling[cut.positions[start:end]].tolist() for start, end in pairwise(cut.bounds)]
    return sorted(batches, key=lambda batch: -durations[batch].max())


def decoding_loader(
    utterances: Sequence[Utterance],
    checkpoint: Checkpoint,
    exp: Experiment,
    loss: bool = False,
    rank: int = 0,
    world_size: int = 1,
) -> DataLoader[DecodeBatch]:
    """Utterances in their `decoding_batches`.

    They are the same for any number of ranks, which take them in turn. Where there are fewer, a
    rank that would be idle repeats the last.
    """
    batches = decoding_batches(utterances, exp)
    return batch_loader(
        utterances, batches[rank::world_size] or batches[-1:], checkpoint, exp, loss
    )


def batch_loader(
    utterances: Sequence[Utterance],
    batches: Sequence[Sequence[int]],
    checkpoint: Checkpoint,
    exp: Experiment,
    loss: bool = False,
) -> DataLoader[DecodeBatch]:
    """Utterances in the given batches, to decode."""
    keys = [[(number, 0) for number in batch] for batch in batches]
    clips = Clips(utterances.__getitem__, checkpoint.extractor)
    return loader(clips, keys, DecodeCollator(checkpoint.prompter, exp, loss), exp)


class _Loader(DataLoader[Any]):
    """A DataLoader whose workers' InputErrors are a sentence again, without their traceback."""

    def __iter__(self) -> Any:
        try:
            yield from super().__iter__()
        except InputError as error:
            sentence = str(error).rpartition(f"{InputError.__module__}.InputError: ")[2]
            raise InputError(sentence.strip()) from error


def loader(
    clips: Dataset[Any],
    batches: Iterable[list[Any]],
    collate: Callable[[Any], Any],
    exp: Experiment,
) -> DataLoader[Any]:
    """Clips in the given batches of keys: for `Clips`, (number, draw number)."""
    return _Loader(
        clips,
        batch_sampler=batches,
        collate_fn=collate,
        num_workers=exp.trainer.workers,
        pin_memory=exp.trainer.accelerator != "cpu" and torch.cuda.is_available(),
        worker_init_fn=_outlive,
        generator=torch.Generator(),  # so that no loader draws from the model's random numbers
    )


def _outlive(_: int) -> None:
    """Has a worker go on for a while after SIGTERM, which schedulers send to all processes.

    The run that it works for stops at the end of a step, and needs its batches until then. From the
    run itself the signal is an end at once, as it is to every worker of torch's.
    """
    if hasattr(signal, "sigwaitinfo"):  # which macOS lacks: there a run so stopped has failed
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        threading.Thread(target=_wait_for_the_end, args=[os.getppid()], daemon=True).start()


def _wait_for_the_end(run: int) -> None:
    if signal.sigwaitinfo({signal.SIGTERM}).si_pid != run:
        until = time.monotonic() + _GRACE
        while (left := until - time.monotonic()) > 0:
            sent = signal.sigtimedwait({signal.SIGTERM}, left)
            if sent and sent.si_pid == run:
                break
    os._exit(0)
