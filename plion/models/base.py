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

from plion.config.schema import Model, TagPolicy, Trainer
from plion.models.values import LossSums, Part, Published, Said, Search, Targets, TokenCounts

if TYPE_CHECKING:
    import torch

    from plion.data.manifest import Manifest
    from plion.loading.batches import Example, Request, TrainBatch
    from plion.loading.clips import Clip
    from plion.sampling.clip_cost import ClipCost
    from plion.text.languages import Language


class Family(Protocol):
    """A kind of model, known by its folders. No method but `attention`, `load` and `convert`
    imports torch; all raise InputError for a folder that is not a whole model of the family."""

    @property
    def title(self) -> str:
        """The family's name in sentences and on cards: `Qwen3-ASR`, `Whisper`."""

    @property
    def parts(self) -> Mapping[str, Part]:
        """What can be frozen or adapted, by `plion.config.schema.Part`: the encoder is the
        `audio_tower`, the decoder the `language_model`. A family that cannot be trained has
        none."""

    @property
    def layouts(self) -> tuple[str, ...]:
        """The layouts of its folders: transformers' own, `hf`, then others to convert to."""

    def check_training(
        self, folder: Path, targets: Targets, model: Model, trainer: Trainer
    ) -> None:
        """Refuses, before anything is spent, settings that the model cannot be trained under.

        Raises InputError with one sentence: for a tag policy, context, part, attention, encoder
        window or layout of the export that the family does not have. That its `parts` are there,
        and one of them is trained, is seen to by `plion.models.trainable.check_parts`.
        """

    def companions(self, folder: Path) -> Sequence[str]:
        """The names of files that change what the model says, beside those of every family
        (`plion.models.identity`): its identity is a hash of all."""

    @property
    def card(self) -> Card:
        """What a published model's card says of the family."""

    def clip_cost(self, folder: Path | None) -> ClipCost:
        """What clips cost the model, and how long they and their texts may be.

        None: the family's own, where the folder is not at hand.
        """

    def mel_bins(self, folder: Path) -> int:
        """How many frequency bins the spectrograms have that the model listens to."""

    def token_counts(self, manifest: Manifest, tokenizer: Path, targets: Targets) -> TokenCounts:
        """The tokens of a manifest's rows; `tokenizer`: the folder that has it.

        Slow counts are kept beside the manifest (`plion.models.word_tokens`).
        """

    def attention(self, model: Model, trainer: Trainer) -> str:
        """What a training on this machine computes attention with, in the words of
        `model.attention`. Raises InputError for one that is asked for and cannot run."""

    def load(self, folder: Path, model: Model, dtype: torch.dtype, attention: str) -> Loaded:
        """The model of a folder, on the CPU, in evaluation mode; never touches the network.

        `model`: the settings, of which `like` and `encoder_window` matter here. `attention`: what
        it computes with, as of `attention` or `plion.config.experiment.decoding_attention`.
        Weights are read by `plion.models.weights`, which refuses what is not finite; an adapter's
        folder (`plion.models.adapters`) is its base with the updates merged.
        """

    def convert(
        self, folder: Path, target: Path, layout: str, *, pickle: bool, like: str | None
    ) -> None:
        """Writes a folder of whole weights in one of the `layouts`, to the bit, with all files
        that its readers want; `target` appears whole or not at all.

        `pickle`: the weights are read from pytorch_model*.bin, of which nothing is run.
        """


class Loaded(Protocol):
    """A model in memory with all that its inputs and outputs are made with."""

    @property
    def family(self) -> Family: ...

    @property
    def folder(self) -> Path:
        """Where its weights and its configuration came from."""

    @property
    def model(self) -> Any:
        """The network (an `nn.Module`). Names of its weights are those of its checkpoints."""

    @property
    def attention(self) -> str:
        """What it computes attention with, in the words of `model.attention`, or the library's."""

    def collator(self, targets: Targets) -> Collator:
        """What makes tensors of clips.

        Raises InputError for a tag, a context or a given language that this model does not take.
        """

    def check_search(self, search: Search) -> None:
        """Raises InputError for a search that this model cannot do."""

    def sums(self, example: Any) -> LossSums:
        """The loss of an example of its collator, summed; nothing in it may wait for the device."""

    def decode(self, request: Any, limits: Sequence[int], search: Search) -> list[Said]:
        """What is said to each utterance of a batch, in its order; nothing is computed for
        gradients.

        `limits`: tokens an utterance may take, the language's own included; a transcript ends
        there if it has not ended itself, whatever shares its batch. By a loop of the family's or
        the library's.
        """

    def work(self) -> Callable[[TrainBatch], float]:
        """What counts the multiply-adds of training on a batch, forward and backward, by the parts
        that are trained. What is computed twice to save memory counts once."""

    def save(self, folder: Path, adapter_of: str | None = None, layout: str = "hf") -> None:
        """Writes the model in a layout, its weights turned into the type that its origin has.

        LoRA's updates are merged, or, where the name of the model is given that they are
        `adapter_of`, written alone. The folder appears whole or not at all. Raises OSError where
        the system refuses to write it.
        """


class Collator(Protocol):
    """Makes tensors of clips in the loader's processes: small, to be pickled, without weights."""

    @property
    def context(self) -> int:
        """Tokens by which `data.context` makes every clip's input longer."""

    def features(self, samples: np.ndarray) -> Any:
        """What the model listens to of one clip at 16 kHz, whatever shares its batch.

        For a model that can be trained a log-mel spectrogram (bins, frames), 100 frames a second,
        of the clip alone: masks of SpecAugment are laid over it, and padding is `example`'s.
        """

    def example(self, clips: Sequence[Clip]) -> Example:
        """A batch to train on, or to measure the loss on, of clips that all have features.

        What is to be said goes by `Targets.words` and `Targets.policy(clip.draw)`.
        """

    def request(self, clips: Sequence[Clip]) -> Request:
        """A batch to decode; the true language is given where the targets say `forced`."""


class Card(Protocol):
    """The words and names of a family in a repository of the hub and on its card."""

    @property
    def tag(self) -> str:
        """The hub's tag of the family's models."""

    @property
    def files(self) -> frozenset[str]:
        """The names of all files that models of it may have beside config.json and the weights."""

    @property
    def weights(self) -> str:
        """A regular expression for how the names of its weights begin, in any layout; those of an
        adapter begin with `base_model.`."""

    def library(self, layout: str) -> str:
        """What the hub calls the library that loads a layout."""

    def licence(self, hub_id: str) -> str | None:
        """The licence of a base model of the hub, in the hub's words; None where not known."""

    def tag_policy(self, policy: TagPolicy, language: Language) -> str:
        """What a model of a tag policy was trained to output; `language`: one for an example."""

    def languages(self, languages: Sequence[Language]) -> list[str]:
        """Sentences on those, of the languages it was trained on, that its libraries do not accept
        as a given language."""

    def window(self, window: str) -> str | None:
        """A sentence on `model.encoder_window`, where the family has one."""

    def usage(self, published: Published, layout: str) -> list[str]:
        """Paragraphs on how to transcribe with it, by the layout's libraries."""
