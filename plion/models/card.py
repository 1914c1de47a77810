"""What publishing needs of a model family, for model cards and repositories of the hub."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from plion.config.schema import TagPolicy
from plion.models.values import Published

if TYPE_CHECKING:
    from plion.text.languages import Language


class Card(Protocol):
    """Texts and names of a family for its model cards and repositories of the hub."""

    @property
    def tag(self) -> str:
        """The hub's tag of the family's models."""

    @property
    def files(self) -> frozenset[str]:
        """Names of all files that its models may have beside config.json and the weights."""

    @property
    def weights(self) -> str:
        """A regular expression that matches the start of its weights' names, in any layout (an
        adapter's start with `base_model.`)."""

    def library(self, layout: str) -> str:
        """The hub's name of the library that loads a layout."""

    def licence(self, hub_id: str) -> str | None:
        """The licence of a base model of the hub, as the hub names it; None if unknown."""

    def tag_policy(self, policy: TagPolicy, language: Language) -> str:
        """What a model of a tag policy was trained to output; `language`: one for an example."""

    def languages(self, languages: Sequence[Language]) -> list[str]:
        """Sentences on those, of the languages it was trained on, that its libraries do not accept
        as a given language."""

    def window(self, window: str) -> str | None:
        """A sentence on `model.encoder_window`, if the family has one."""

    def usage(self, published: Published, layout: str) -> list[str]:
        """Paragraphs on how to transcribe with it, by the layout's libraries."""
