"""The family of transformers' Whisper: answers from a folder before weights are read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from plion.config.model import Model
from plion.config.training import Trainer
from plion.errors import InputError
from plion.models.locate import supplied
from plion.models.values import Part, Targets, TokenCounts
from plion.models.whisper.files.sidecars import FEATURES, TOKENIZER
from plion.models.whisper.prompt import Prompter, check_context, check_tag
from plion.models.whisper.protocol.card import WhisperCard
from plion.models.whisper.token_counts import token_counts
from plion.models.whisper.window import PUBLISHED, window
from plion.sampling.clip_cost import ClipCost

if TYPE_CHECKING:
    import torch

    from plion.data.manifest import Manifest
    from plion.models.base import Loaded

POSITIONS_A_SECOND = 50  # that the encoder makes: a token of text costs about as much as one
_FILES = (
    *("tokenizer.json", *TOKENIZER, "generation_config.json"),
    *FEATURES,
)


class _Whisper:
    """`plion.models.base.Family`, whose docstrings hold here too."""

    title = "Whisper"
    layouts = ("hf",)
    card = WhisperCard(_FILES)
    parts = {
        # proj_out is the embeddings' other face. Layers drop out by their own mode: none is passed.
        "audio_tower": Part(("model.encoder",), r"model\.encoder\.layers\.\d+\..*(_proj|fc\d)"),
        "language_model": Part(
            ("model.decoder", "proj_out"), r"model\.decoder\.layers\.\d+\..*(_proj|fc\d)"
        ),
    }

    def check_training(
        self, folder: Path, targets: Targets, model: Model, trainer: Trainer
    ) -> None:
        """Refuses settings that Whisper lacks: other tags, a context, another window or layout."""
        check_tag(targets.tag.train)
        check_context(targets.context)
        if not Prompter(supplied(folder, model.like).tokenizer).languages:
            raise InputError(
                f"{folder} is a Whisper of one language, without a token for the language that "
                "training gives or supervises; take a multilingual one"
            )
        if model.encoder_window != "8s":
            raise InputError(
                "model.encoder_window is no setting of Whisper, whose encoder always attends "
                "to its whole window: leave it out"
            )
        if trainer.export != "hf":
            raise InputError(
                f"trainer.export={trainer.export} writes a second layout, but Whisper has one "
                "alone: leave it out"
            )

    def companions(self, folder: Path) -> Sequence[str]:
        return TOKENIZER

    def clip_cost(self, folder: Path | None) -> ClipCost:
        """Every clip costs a whole window, however short it is."""
        size = PUBLISHED if folder is None else window(folder)
        return ClipCost(
            tokens_per_second=POSITIONS_A_SECOND,
            step=size.seconds,
            shortest=size.seconds,
            longest=size.seconds,
            most_tokens=size.words,
        )

    def mel_bins(self, folder: Path) -> int:
        return window(folder).mels

    def token_counts(self, manifest: Manifest, tokenizer: Path, targets: Targets) -> TokenCounts:
        return token_counts(manifest, tokenizer, targets)

    def attention(self, model: Model, trainer: Trainer) -> str:
        from plion.models.attention import training_attention

        return training_attention(model, trainer)

    def load(self, folder: Path, model: Model, dtype: torch.dtype, attention: str) -> Loaded:
        from plion.models.whisper.protocol.loading import load_whisper

        return load_whisper(self, folder, model, dtype, attention=attention)

    def convert(
        self, folder: Path, target: Path, layout: str, *, pickle: bool, like: str | None
    ) -> None:
        from plion.models.whisper.files.convert import convert_whisper

        convert_whisper(folder, target, pickle=pickle, like=like)


FAMILY = _Whisper()
