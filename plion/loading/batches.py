"""Batches for training and decoding with any model family, and their collators."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol, Self

import torch

from plion.data.manifest import Utterance
from plion.loading.audio import SAMPLE_RATE
from plion.loading.clips import Clip


class Request(Protocol):
    """A model's input for decoding a batch of utterances."""

    def to(self, device: torch.device, non_blocking: bool = False) -> Self:
        """The same on another device."""

    def pin_memory(self) -> Self:
        """The same in pinned memory, for asynchronous copies to a device."""


class Example(Request, Protocol):
    """A model's input for the loss on a batch of utterances."""

    @property
    def tokens(self) -> list[int]:
        """Supervised tokens of each utterance."""

    @property
    def positions(self) -> int:
        """Number of tokens to which each utterance is padded."""


@dataclass
class Tensors:
    """A dataclass of tensors, possibly nested, that moves between devices as one."""

    def to(self, device: torch.device, non_blocking: bool = False) -> Self:
        """The same group on another device."""
        return self._each(lambda part: part.to(device, non_blocking=non_blocking))

    def pin_memory(self) -> Self:
        """The same in pinned memory, for asynchronous copies to a device."""
        return self._each(lambda part: part.pin_memory())

    def _each(self, change: Callable[[Any], Any]) -> Self:
        return type(self)(**{one.name: change(getattr(self, one.name)) for one in fields(self)})


@dataclass
class Supervised(Tensors):
    """The tokens of a training batch of B utterances, S supervised tokens in all.

    ids (B, T), padded on the right. Supervised token s is `labels[s]`, predicted from position
    `columns[s]` of utterance `rows[s]`; `in_prefix[s]` says that it belongs to the language tag.
    """

    ids: torch.Tensor
    rows: torch.Tensor
    columns: torch.Tensor
    labels: torch.Tensor
    in_prefix: torch.Tensor

    @property
    def tokens(self) -> list[int]:
        """Supervised tokens of each utterance."""
        counts: list[int] = torch.bincount(self.rows, minlength=len(self.ids)).tolist()
        return counts

    @property
    def positions(self) -> int:
        """Number of tokens to which each utterance is padded."""
        return self.ids.shape[1]


@dataclass(frozen=True)
class Seen:
    """One utterance that a step consumed, as counted in shares and costs."""

    id: str
    language: str
    dataset: str
    seconds: float
    tokens: int


@dataclass(frozen=True)
class TrainBatch:
    """A training batch; `example` is None if all its audio is bad."""

    example: Example | None
    seen: tuple[Seen, ...]
    skipped: tuple[str, ...]

    def to(self, device: torch.device, non_blocking: bool = False) -> "TrainBatch":
        """The same batch with its tensors on another device."""
        moved = self.example and self.example.to(device, non_blocking)
        return TrainBatch(moved, self.seen, self.skipped)

    def pin_memory(self) -> "TrainBatch":
        """The same in pinned memory, for asynchronous copies to a device."""
        return replace(self, example=self.example and self.example.pin_memory())


@dataclass(frozen=True)
class DecodeBatch:
    """A batch to decode; it also has the model's input for the loss if references are targets.

    `limits`: tokens that each transcript may have.
    """

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
        """The same in pinned memory, for asynchronous copies to a device."""
        example = self.example and self.example.pin_memory()
        return replace(self, request=self.request.pin_memory(), example=example)


@dataclass(frozen=True)
class TrainCollator:
    """Makes a TrainBatch of clips; `example` makes the tensors of clips with valid audio."""

    example: Callable[[Sequence[Clip]], Example]

    def __call__(self, clips: Sequence[Clip]) -> TrainBatch:
        good = [clip for clip in clips if clip.features is not None]
        skipped = tuple(clip.utterance.id for clip in clips if clip.features is None)
        if not good:
            return TrainBatch(None, (), skipped)
        example = self.example(good)
        seen = tuple(
            Seen(one.id, one.language, one.dataset, one.duration, tokens)
            for one, tokens in zip((clip.utterance for clip in good), example.tokens, strict=True)
        )
        return TrainBatch(example, seen, skipped)


@dataclass(frozen=True)
class DecodeCollator:
    """Makes a DecodeBatch of clips. `example` makes the targets for a validation loss.

    `tokens_per_second`: maximum tokens per second of audio (`evaluate.tokens_per_second`).
    """

    request: Callable[[Sequence[Clip]], Request]
    tokens_per_second: float
    example: Callable[[Sequence[Clip]], Example] | None = None

    def __call__(self, clips: Sequence[Clip]) -> DecodeBatch:
        return DecodeBatch(
            request=self.request(clips),
            limits=tuple(limit(clip.samples, self.tokens_per_second) for clip in clips),
            utterances=tuple(clip.utterance for clip in clips),
            example=self.example(clips) if self.example else None,
        )


def limit(samples: int, tokens_per_second: float) -> int:
    """Maximum tokens of a transcript: the language tag's, plus a number per second of audio."""
    return round(16 + tokens_per_second * samples / SAMPLE_RATE)
