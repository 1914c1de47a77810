"""The family of Qwen3-ASR: answers from a folder before weights are read. Free of torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from plion.config.schema import Model, Trainer
from plion.data.manifest import Manifest
from plion.errors import InputError
from plion.models.base import Family, Loaded
from plion.models.card import Card
from plion.models.qwen3_asr.files.layouts import LAYOUTS, read_config
from plion.models.qwen3_asr.prompt import audio_tokens
from plion.models.qwen3_asr.protocol.card import QwenCard
from plion.models.qwen3_asr.token_counts import token_counts
from plion.models.tokenizer import FILE, TOKENIZER_PARTS
from plion.models.values import Part, Targets, TokenCounts
from plion.sampling.clip_cost import ClipCost

if TYPE_CHECKING:
    import torch

_SAMPLE_RATE = 16_000
_MEL_BINS = 128  # transformers' default, which a configuration may leave out
_LAYERS = "model.language_model.layers"

PARTS = {
    "audio_tower": Part(
        modules=("model.audio_tower",),
        linear=r"model\.audio_tower\.(conv_out|layers\.\d+\..*(_proj|fc\d))",
    ),
    "projector": Part(
        modules=("model.multi_modal_projector",),
        linear=r"model\.multi_modal_projector\.linear_\d",
        tower=False,
    ),
    # lm_head is the embeddings' other face, and gets no updates.
    "language_model": Part(
        modules=("model.language_model", "lm_head"),
        linear=r"model\.language_model\.layers\.\d+\..*_proj",
        passed=_LAYERS,
    ),
}
# The encoder pads to whole seconds, and makes so many positions of each.
CLIP_COST = ClipCost(tokens_per_second=audio_tokens(_SAMPLE_RATE), step=1.0, shortest=1.0)


class Qwen3ASR:
    """The family of Qwen3-ASR, in the layouts of transformers and of the `qwen-asr` package."""

    title = "Qwen3-ASR"
    parts: Mapping[str, Part] = PARTS
    layouts: tuple[str, ...] = LAYOUTS
    card: Card = QwenCard()

    def check_training(
        self, folder: Path, targets: Targets, model: Model, trainer: Trainer
    ) -> None:
        """Accepts every setting."""

    def companions(self, folder: Path) -> Sequence[str]:
        """None beside tokenizer.json, which is complete."""
        return () if (folder / FILE).is_file() else TOKENIZER_PARTS

    def clip_cost(self, folder: Path | None) -> ClipCost:
        """The same for every model of the family."""
        return CLIP_COST

    def mel_bins(self, folder: Path) -> int:
        """Number of frequency bins of the model's spectrograms."""
        config = read_config(folder)
        try:
            return int(config.get("audio_config", {}).get("num_mel_bins", _MEL_BINS))
        except (ArithmeticError, AttributeError, TypeError, ValueError) as error:
            where = folder / "config.json"
            raise InputError(f"{where} is not of Qwen3-ASR: {error}") from error

    def token_counts(self, manifest: Manifest, tokenizer: Path, targets: Targets) -> TokenCounts:
        """The tokens of a manifest's rows; `tokenizer`: the folder that has it."""
        return token_counts(manifest, tokenizer, targets)

    def attention(self, model: Model, trainer: Trainer) -> str:
        """The attention of a training on this machine: `sdpa`, `reference` or `flash`."""
        from plion.models.attention import training_attention

        return training_attention(model, trainer)

    def load(self, folder: Path, model: Model, dtype: torch.dtype, attention: str) -> Loaded:
        """The model of a folder in either layout."""
        from plion.models.qwen3_asr.protocol.loaded import load_model

        return load_model(folder, model, dtype, attention)

    def convert(
        self, folder: Path, target: Path, layout: str, *, pickle: bool, like: str | None
    ) -> None:
        """Writes a folder of full weights in a layout, tensor by tensor."""
        from plion.models.qwen3_asr.files.convert import convert_folder

        convert_folder(folder, target, layout, pickle=pickle, like=like)


FAMILY: Family = Qwen3ASR()
