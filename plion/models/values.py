"""Values passed between a model family and its users (`plion.models.base`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from plion.config.schema import Tag, TagPolicy
from plion.data.utterance import Utterance
from plion.text.languages import Language, Languages
from plion.text.normalize import spelled
from plion.text.shipped import SHIPPED

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Part:
    """A part of a model that can be frozen or given LoRA; together the parts are the whole model.

    `modules`: paths of its submodules, the first of which is its trunk. `linear`: a regular
    expression for the paths of its linear layers, to which LoRA is added. `tower`: whether its
    trunk supports `trainer.gradient_checkpointing`. `passed`: path of layers that gradients may
    pass while the part is frozen and that the library checkpoints only in training mode; the mode
    must affect nothing else in them.
    """

    modules: tuple[str, ...]
    linear: str
    tower: bool = True
    passed: str | None = None


@dataclass(frozen=True)
class Targets:
    """Inputs and targets of a model beside audio: `data.target_text`, `tag`, `data.context`.

    `seed`: of the draws of the tag policy `mixed`. `languages`: the known ones, by key.
    """

    style: str = "plain"
    tag: Tag = field(default_factory=Tag)
    context: str = ""
    seed: int = 0
    languages: Languages = SHIPPED

    def words(self, utterance: Utterance) -> str:
        """The target text of an utterance."""
        return spelled(utterance.text, self.languages[utterance.language], self.style)

    def policy(self, draw: int | None) -> str:
        """The tag policy of a draw; `mixed` depends only on (seed, draw number).

        Without a draw number, as in validation, `mixed` is `predict`.
        """
        if self.tag.train != "mixed":
            return self.tag.train
        chance = 1.0 if draw is None else np.random.default_rng([self.seed, draw]).random()
        return "condition" if chance < self.tag.mixed.p else "predict"

    @property
    def forced(self) -> bool:
        """Whether the true language is given in decoding."""
        return self.tag.decoding == "forced"


@dataclass(frozen=True)
class TokenCounts:
    """Tokens of each row of a manifest, shape (rows,).

    `words`: tokens of text and context, for the size of batches. `supervised`: tokens in the loss
    under the tag policy; the expected number for `mixed`.
    """

    words: np.ndarray
    supervised: np.ndarray


@dataclass(frozen=True)
class Search:
    """Settings of the search for a transcript.

    beams: number of hypotheses; 1 takes the likeliest token each time. repetition_penalty: divides
    the scores of tokens already output (multiplies negative ones; section 4.1 of Keskar et al.,
    "CTRL", arXiv 1909.05858); 1 has no effect.
    """

    beams: int = 1
    repetition_penalty: float = 1.0

    @property
    def greedy(self) -> bool:
        """Whether each token is simply the likeliest one."""
        return self.beams == 1 and self.repetition_penalty == 1


GREEDY = Search()


class Said(NamedTuple):
    """Output for an utterance: raw model text, transcript, language named by the model or None."""

    raw: str
    text: str
    language: str | None


@dataclass(frozen=True)
class WorkByPart:
    """Multiply-adds of a forward pass, a field per part; a backward pass takes twice as many."""

    @property
    def total(self) -> float:
        """Of all parts."""
        return float(sum(astuple(self)))


@dataclass
class LossSums:
    """Cross-entropy in nats summed over a batch; `prefix` is the language tag's part of it.

    All are zero-dimensional tensors on the model's device; only `loss` has a gradient.
    """

    loss: torch.Tensor
    tokens: torch.Tensor
    text: torch.Tensor
    text_tokens: torch.Tensor
    prefix: torch.Tensor
    prefix_tokens: torch.Tensor

    @classmethod
    def of(cls, losses: torch.Tensor, in_prefix: torch.Tensor) -> LossSums:
        """The sums of the losses of supervised tokens (S,); `in_prefix` (S,): the tag's."""
        prefix_tokens = in_prefix.sum()
        prefix = (losses.detach() * in_prefix).sum()
        return cls(
            loss=losses.sum(),
            tokens=losses.new_full((), len(losses)),
            text=losses.detach().sum() - prefix,
            text_tokens=len(losses) - prefix_tokens,
            prefix=prefix,
            prefix_tokens=prefix_tokens,
        )


@dataclass(frozen=True)
class Published:
    """Facts on a published model for its card.

    `name`: of its repository or folder. `languages`: those it was trained on. `tag`: its tag
    policy. `context`: its `data.context`.
    """

    name: str
    languages: Sequence[Language]
    tag: TagPolicy
    context: str
