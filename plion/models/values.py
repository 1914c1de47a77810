"""The values that a family of models and those who use it hand each other (`plion.models.base`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from plion.config.schema import Tag, TagPolicy
from plion.data.utterance import Utterance
from plion.text.languages import Language, Languages
from plion.text.shipped import SHIPPED
from plion.text.targets import spelled

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Part:
    """A part of a model that can be frozen, or given LoRA's updates; together they are all of it.

    `modules`: the paths of its submodules, the first of which is its trunk. `linear`: a regular
    expression for the paths of its linear layers, which LoRA updates. `tower`: whether its trunk
    can compute its activations anew (`trainer.gradient_checkpointing`). `passed`: the path of
    layers that gradients may have to pass while the part is frozen, and that the library computes
    anew only in training mode; their own mode must change nothing else.
    """

    modules: tuple[str, ...]
    linear: str
    tower: bool = True
    passed: str | None = None


@dataclass(frozen=True)
class Targets:
    """What a model is told and what it is to say: `data.target_text`, `tag`, `data.context`.

    `seed`: what the tag policy `mixed` draws by. `languages`: the known ones, by key.
    """

    style: str = "plain"
    tag: Tag = field(default_factory=Tag)
    context: str = ""
    seed: int = 0
    languages: Languages = SHIPPED

    def words(self, utterance: Utterance) -> str:
        """The transcript as the model is to write it."""
        return spelled(utterance.text, self.languages[utterance.language], self.style)

    def policy(self, draw: int | None) -> str:
        """The tag policy of a draw: `mixed` draws by (seed, draw number) alone.

        Without a draw number (in validation) `mixed` is `predict`.
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

    `words`: of the words and of the context, which a batch must have room for whatever the tag
    policy. `supervised`: those that the loss sees, under the tag policy; an average for `mixed`.
    """

    words: np.ndarray
    supervised: np.ndarray


@dataclass(frozen=True)
class Search:
    """How the tokens of a transcript are chosen.

    beams: hypotheses kept at each token; with one, always the likeliest token. repetition_penalty:
    what the scores of tokens said already are divided by (multiplied, where negative; section 4.1
    of Keskar et al., "CTRL", arXiv 1909.05858); 1 leaves them as they are.
    """

    beams: int = 1
    repetition_penalty: float = 1.0

    @property
    def greedy(self) -> bool:
        """Whether each token is the likeliest one, whatever was said before."""
        return self.beams == 1 and self.repetition_penalty == 1


GREEDY = Search()


class Said(NamedTuple):
    """What was said to an utterance: the raw output, its text, the language that was named."""

    raw: str
    text: str
    language: str | None


@dataclass
class LossSums:
    """Cross-entropy in nats summed over a batch; `prefix` is the language tag's part of it.

    Each is a tensor without dimensions on the model's device; `loss` alone has a gradient.
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
    """A published model as its card tells of it.

    `name`: of its repository or folder. `languages`: those it was trained on. `tag`: its tag
    policy. `context`: its `data.context`.
    """

    name: str
    languages: Sequence[Language]
    tag: TagPolicy
    context: str
