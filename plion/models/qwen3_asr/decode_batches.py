"""From utterances to batches to decode, in a loader's workers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from torch.utils.data import DataLoader

from plion.config.languages import known_languages
from plion.config.schema import Experiment
from plion.data.manifest import Utterance
from plion.loading.audio import SAMPLE_RATE
from plion.loading.workers import loader
from plion.models.qwen3_asr.files.checkpoint import Checkpoint
from plion.models.qwen3_asr.prompt import Prompter, tag
from plion.models.qwen3_asr.tensors import Example, Request, example, request
from plion.models.qwen3_asr.train_batches import Clip, Clips, target
from plion.sampling.batches import Budget, Lengths, compose


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


class DecodeCollator:
    """Clips to a DecodeBatch. `loss` adds the targets that a validation loss is measured on."""

    def __init__(self, prompter: Prompter, exp: Experiment, *, loss: bool) -> None:
        self.prompter = prompter
        self.exp = exp
        self.loss = loss

    def __call__(self, clips: Sequence[Clip]) -> DecodeBatch:
        mels = [clip.mel for clip in clips if clip.mel is not None]
        forced = self.exp.tag.decoding == "forced"
        languages = known_languages(self.exp)
        prompts = [
            self.prompter.request(
                clip.samples,
                tag(languages[clip.utterance.language]) if forced else "",
                self.exp.data.context,
            )
            for clip in clips
        ]
        return DecodeBatch(
            request=request(
                mels,
                prompts,
                self.prompter.audio,
                self.prompter.end,
                window=self.exp.model.encoder_window,
            ),
            limits=tuple(limit(clip.samples, self.exp) for clip in clips),
            utterances=tuple(clip.utterance for clip in clips),
            example=self._example(clips, mels) if self.loss else None,
        )

    def _example(self, clips: Sequence[Clip], mels: Sequence[torch.Tensor]) -> Example:
        sequences = [
            self.prompter.sequence(
                clip.samples, target(clip.utterance, self.exp, None), self.exp.data.context
            )
            for clip in clips
        ]
        return example(mels, sequences, self.prompter.audio, self.exp.model.encoder_window)


def limit(samples: int, exp: Experiment) -> int:
    """Tokens that a transcript may have: the language tag's, and some a second of audio."""
    return round(16 + exp.evaluate.tokens_per_second * samples / SAMPLE_RATE)


def decoding_batches(
    utterances: Sequence[Utterance],
    exp: Experiment,
    shortest: float = 0.0,
    context: int = 0,
) -> list[list[int]]:
    """Places of utterances in batches of like length under `evaluate`'s budget.

    The longest come first: what does not fit into memory shows at once. `shortest`: seconds that
    every clip is padded to. `context`: tokens before each, which count as in training.
    """
    durations = np.array([utterance.duration for utterance in utterances])
    before = np.full(len(durations), context) if context else None
    lengths = Lengths(np.maximum(durations, shortest), before)
    budget = Budget(
        max(exp.evaluate.seconds, float(lengths.cost().max())),
        exp.evaluate.utterances,
        len(utterances),
    )
    falling = np.argsort(-durations, kind="stable")  # kept among those padded to one length
    cut = compose(falling, lengths, budget, np.random.default_rng(0))
    batches = [falling[cut.positions[start:end]].tolist() for start, end in pairwise(cut.bounds)]
    return sorted(batches, key=lambda batch: -durations[batch].max())


def decoding_loader(
    utterances: Sequence[Utterance],
    checkpoint: Checkpoint,
    exp: Experiment,
    *,
    loss: bool = False,
    rank: int = 0,
    world_size: int = 1,
) -> DataLoader[DecodeBatch]:
    """Utterances in their `decoding_batches`.

    They are the same for any number of ranks, which take them in turn. Where there are fewer, a
    rank that would be idle repeats the last.
    """
    context = checkpoint.prompter.context_tokens(exp.data.context)
    batches = decoding_batches(utterances, exp, context=context)
    return batch_loader(
        utterances, batches[rank::world_size] or batches[-1:], checkpoint, exp, loss=loss
    )


def batch_loader(
    utterances: Sequence[Utterance],
    batches: Sequence[Sequence[int]],
    checkpoint: Checkpoint,
    exp: Experiment,
    *,
    loss: bool = False,
) -> DataLoader[DecodeBatch]:
    """Utterances in the given batches, to decode."""
    keys = [[(number, 0) for number in batch] for batch in batches]
    clips = Clips(utterances.__getitem__, checkpoint.extractor)
    return loader(clips, keys, DecodeCollator(checkpoint.prompter, exp, loss=loss), exp)
