"""The seam for another model: what training, planning, decoding and publishing need of a family.

A family is a kind of model that shares its code, by the `model_type` of its config.json. It is
added as a module with an object `FAMILY` (a `Family`) and a line in `plion.models.families`.
`Family` answers before any weights are read, without torch at module level, so that plans need
none; `Loaded` is a model in memory; `Collator` goes to the loader's processes, without the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from plion.config.schema import Model, Trainer
from plion.models.values import LossSums, Part, Said, Search, Targets, TokenCounts

if TYPE_CHECKING:
    import torch

    from plion.data.manifest import Manifest
    from plion.loading.batches import Example, Request, TrainBatch
    from plion.loading.clips import Clip
    from plion.models.card import Card
    from plion.sampling.clip_cost import ClipCost


class Family(Protocol):
    """A kind of model, recognised by its folder.

    Only `attention`, `load` and `convert` import torch. All methods raise InputError for a folder
    that is not a complete model of the family.
    """

    @property
    def title(self) -> str:
        """The family's name in messages and on cards: `Qwen3-ASR`, `Whisper`."""

    @property
    def parts(self) -> Mapping[str, Part]:
        """What can be frozen or adapted, by `plion.config.model.Part`: the encoder is the
        `audio_tower`, the decoder the `language_model`. A family that cannot be trained has
        none."""

    @property
    def layouts(self) -> tuple[str, ...]:
        """The layouts of its folders: transformers' own, `hf`, then others to convert to."""

    def check_training(
        self, folder: Path, targets: Targets, model: Model, trainer: Trainer
    ) -> None:
        """Checks, before a run costs anything, the settings that the model is trained under.

        Raises InputError for a tag policy, context, attention, encoder window or export layout that
        the family does not support. `plion.models.trainable.parts.check_parts` checks its `parts`.
        """

    def companions(self, folder: Path) -> Sequence[str]:
        """Names of further files that affect the model's output, to be hashed into its identity
        (`plion.models.identity`)."""

    @property
    def card(self) -> Card:
        """The family's texts for the card of a published model."""

    def clip_cost(self, folder: Path | None) -> ClipCost:
        """The cost of a clip, and the limits of clips and texts; `folder` None: family defaults."""

    def mel_bins(self, folder: Path) -> int:
        """Number of frequency bins of the model's spectrograms."""

    def token_counts(self, manifest: Manifest, tokenizer: Path, targets: Targets) -> TokenCounts:
        """The tokens of a manifest's rows; `tokenizer`: the folder that has it.

        Slow counts are kept beside the manifest (`plion.models.word_tokens`).
        """

    def attention(self, model: Model, trainer: Trainer) -> str:
        """The attention of a training on this machine, as a value of `model.attention`.

        Raises InputError for one that is set but cannot run.
        """

    def load(self, folder: Path, model: Model, dtype: torch.dtype, attention: str) -> Loaded:
        """Loads the model of a folder on the CPU, in evaluation mode, without the network.

        `model`: the settings, of which `like` and `encoder_window` matter here. `attention`: what
        it computes with, as of `attention` or `plion.config.experiment.decoding_attention`.
        Weights are read by `plion.models.folders.weights`, which refuses what is not finite. The
        folder of an adapter (`plion.models.trainable.lora`) loads as its base with the updates
        merged.
        """

    def convert(
        self, folder: Path, target: Path, layout: str, *, pickle: bool, like: str | None
    ) -> None:
        """Writes a folder of full weights in one of the `layouts`, bit by bit, with all files that
        its readers need; `target` is created atomically.

        `pickle`: reads the weights from pytorch_model*.bin, without running code in it.
        """


class Loaded(Protocol):
    """A model in memory, with what makes its inputs and reads its outputs."""

    @property
    def family(self) -> Family: ...

    @property
    def folder(self) -> Path:
        """The folder of its weights and configuration."""

    @property
    def model(self) -> Any:
        """The network (an `nn.Module`). Names of its weights are those of its checkpoints."""

    @property
    def attention(self) -> str:
        """Its attention, as a value of `model.attention` or the library's name."""

    def collator(self, targets: Targets) -> Collator:
        """The collator, which makes batches of clips.

        Raises InputError for a tag, a context or a given language that the model does not support.
        """

    def check_search(self, search: Search) -> None:
        """Raises InputError for a search that this model cannot do."""

    def sums(self, example: Any) -> LossSums:
        """The summed loss of a batch of its collator; must not synchronise with the device."""

    def decode(self, request: Any, limits: Sequence[int], search: Search) -> list[Said]:
        """The transcript of each utterance of a batch, in order, without gradients.

        `limits`: maximum tokens per utterance, including those of the language. A transcript is cut
        at its own limit, whatever else is in the batch.
        """

    def work(self) -> Callable[[TrainBatch], float]:
        """Returns a function that counts the multiply-adds of training on a batch (both passes).

        Recomputation for gradient checkpointing is not counted.
        """

    def save(self, folder: Path, adapter_of: str | None = None, layout: str = "hf") -> None:
        """Writes the model in a layout, with weights in the type of its original folder.

        A LoRA adapter is merged, or written alone if `adapter_of` names its base model. The folder
        is created atomically. Raises OSError if it cannot be written.
        """


class Collator(Protocol):
    """Makes tensors of clips in the loader's processes: small, to be pickled, without weights."""

    @property
    def context(self) -> int:
        """Number of tokens that `data.context` adds to the input of every clip."""

    @property
    def settings(self) -> str:
        """What features depend on beside samples: equal texts mean equal features of a clip. Empty
        if features are not worth keeping."""

    def features(self, samples: np.ndarray) -> Any:
        """The model's input for one clip at 16 kHz, independent of its batch.

        For a trainable model: a log-mel spectrogram (bins, frames) without padding, 100 frames a
        second, over which SpecAugment's masks are laid.
        """

    def example(self, clips: Sequence[Clip]) -> Example:
        """A batch for training or for measuring the loss, from clips with features.

        Its targets follow `Targets.words` and `Targets.policy(clip.draw)`.
        """

    def request(self, clips: Sequence[Clip]) -> Request:
        """A batch to decode, with the true language given if `Targets.forced`."""
