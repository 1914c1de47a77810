"""Recognisers of `transformers` that are decoded as they are. Free of torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from plion.config.schema import Model, Trainer
from plion.data.manifest import Manifest
from plion.models.base import Family, Loaded
from plion.models.card import Card
from plion.models.tokenizer import TOKENIZER_PARTS
from plion.models.values import Part, Targets, TokenCounts
from plion.sampling.clip_cost import ClipCost

if TYPE_CHECKING:
    import torch


class TransformersASR:
    """All recognisers of the library without their own family; none can be trained."""

    title = "a recogniser of transformers"
    parts: Mapping[str, Part] = {}
    layouts = ("hf",)

    @property
    def card(self) -> Card:
        raise NotImplementedError("what was not trained is not published")

    def check_training(
        self, folder: Path, targets: Targets, model: Model, trainer: Trainer
    ) -> None:
        raise NotImplementedError("`resolve` refuses what cannot be trained")

    def companions(self, folder: Path) -> Sequence[str]:
        """All files that tokenizers may consist of."""
        return TOKENIZER_PARTS

    def clip_cost(self, folder: Path | None) -> ClipCost:
        """Features are as long as the clip."""
        return ClipCost(tokens_per_second=13)

    def mel_bins(self, folder: Path) -> int:
        raise NotImplementedError("`resolve` refuses what cannot be trained")

    def token_counts(self, manifest: Manifest, tokenizer: Path, targets: Targets) -> TokenCounts:
        raise NotImplementedError("`resolve` refuses what cannot be trained")

    def attention(self, model: Model, trainer: Trainer) -> str:
        raise NotImplementedError("`resolve` refuses what cannot be trained")

    def load(self, folder: Path, model: Model, dtype: torch.dtype, attention: str) -> Loaded:
        """The recogniser of a folder, in float32, with the library's own choice of attention."""
        from plion.models.transformers_asr.foreign import load_foreign
        from plion.models.transformers_asr.loaded import LoadedForeign

        return LoadedForeign(load_foreign(folder, model.like), folder, self)

    def convert(
        self, folder: Path, target: Path, layout: str, *, pickle: bool, like: str | None
    ) -> None:
        raise NotImplementedError("`resolve` refuses what cannot be trained")


FAMILY: Family = TransformersASR()
