"""Recognisers: models of any family, decoded with one set of settings."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import torch

from plion.config.schema import Evaluate, Experiment, Trainer
from plion.data.utterance import Utterance
from plion.loading.batches import DecodeBatch, DecodeCollator
from plion.loading.clips import Clip, Clips
from plion.models.base import Loaded
from plion.models.families import family
from plion.models.locate import find_model
from plion.models.values import Said, Search, Targets
from plion.planning.base_model import targets_of
from plion.recognition.decode_batches import batch_loader, decoding_batches


class Recognizer:
    """A model with its settings for decoding (`tag.decode` and `evaluate`).

    Raises InputError where it cannot be decoded as these ask.
    """

    def __init__(
        self, loaded: Loaded, targets: Targets, evaluate: Evaluate, trainer: Trainer
    ) -> None:
        self.loaded = loaded
        self.targets = targets
        self.evaluate = evaluate
        self.trainer = trainer
        self.search = Search(evaluate.beams, evaluate.repetition_penalty)
        self.collator = loaded.collator(targets)
        self._collate = DecodeCollator(self.collator.request, evaluate.tokens_per_second)
        loaded.check_search(self.search)

    @property
    def attention(self) -> str:
        """The attention of the model."""
        return self.loaded.attention

    def to(self, device: torch.device) -> None:
        """Moves the model to a device, ready to decode."""
        self.loaded.model.to(device=device)
        self.loaded.model.eval()

    def places(self, utterances: Sequence[Utterance]) -> list[list[int]]:
        """Utterances in batches of like length, by their places."""
        clip_cost = self.loaded.family.clip_cost(self.loaded.folder)
        return decoding_batches(utterances, self.evaluate, clip_cost, self.collator.context)

    def batches(
        self, utterances: Sequence[Utterance], places: Sequence[Sequence[int]], workers: int
    ) -> Iterable[DecodeBatch]:
        """Utterances in batches by their places, prepared to decode.

        `workers`: processes that read ahead. Raises InputError for audio that cannot be read.
        """
        trainer = replace(self.trainer, workers=workers)
        # Nothing is remembered: the time of decoding includes that of the features.
        clips = Clips(utterances.__getitem__, self.collator.features)
        return batch_loader(clips, places, self._collate, trainer)

    def batch(self, clips: Sequence[Clip]) -> DecodeBatch:
        """A batch of clips that are in memory."""
        return self._collate(clips)

    def transcribe(self, batch: DecodeBatch) -> list[Said]:
        """Decodes a batch; returns one output per utterance, in order."""
        request = batch.request.to(self.loaded.model.device)
        return self.loaded.decode(request, batch.limits, self.search)

    def forced(self) -> "Recognizer":
        """The same model, decoded with the true language; InputError if it takes none."""
        targets = replace(self.targets, tag=replace(self.targets.tag, decode="forced"))
        return Recognizer(self.loaded, targets, self.evaluate, self.trainer)


def recognizer(name: str, exp: Experiment, attention: str = "sdpa") -> Recognizer:
    """Loads the recogniser of a run folder, a model folder, `mini`, or a cached hub id.

    Its config.json decides the kind. Raises InputError if it is missing, cannot be loaded, or does
    not support `tag.decode` or the search of `evaluate`.
    """
    folder = find_model(name)
    loaded = family(folder).load(folder, exp.model, torch.float32, attention)
    return Recognizer(loaded, targets_of(exp), exp.evaluate, exp.trainer)
