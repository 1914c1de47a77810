"""A recogniser of `transformers` in memory, as `plion.models.base.Loaded`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from plion.errors import InputError
from plion.loading.batches import Example, TrainBatch
from plion.loading.clips import Clip
from plion.models.base import Family
from plion.models.transformers_asr.foreign import Foreign, Sounds, frames_said
from plion.models.transformers_asr.sequences import sequences_said
from plion.models.values import LossSums, Said, Search, Targets

_UNTRAINED = "`resolve` refuses what cannot be trained"


@dataclass(frozen=True)
class SoundCollator:
    """Passes samples on: the processor makes the features itself."""

    context: int = 0
    settings: str = ""  # samples are not worth keeping

    def features(self, samples: np.ndarray) -> np.ndarray:
        """The samples of a clip."""
        return samples

    def example(self, clips: Sequence[Clip]) -> Example:
        raise NotImplementedError(_UNTRAINED)

    def request(self, clips: Sequence[Clip]) -> Sounds:
        """A batch to decode."""
        return Sounds(tuple(clip.features for clip in clips if clip.features is not None))


@dataclass(frozen=True)
class LoadedForeign:
    """The recogniser that a folder's config.json names."""

    recognizer: Foreign
    folder: Path
    family: Family

    @property
    def model(self) -> Any:
        return self.recognizer.model

    @property
    def attention(self) -> str:
        return self.recognizer.attention

    def collator(self, targets: Targets) -> SoundCollator:
        """The collator; raises InputError for a context or a language, which it does not take."""
        kind = self.recognizer.kind
        if targets.context:
            raise InputError(f"this {kind} takes no context (data.context); leave it out")
        if targets.forced:
            raise InputError(
                f"tag.decode=forced gives the language, but this {kind} takes none; "
                "set tag.decode=free"
            )
        return SoundCollator()

    def check_search(self, search: Search) -> None:
        """Raises InputError for a search with a CTC model, which has none."""
        if self.recognizer.ctc and not search.greedy:
            raise InputError(
                f"a {self.recognizer.kind} outputs the likeliest label of each frame; leave out "
                "evaluate.beams and evaluate.repetition_penalty"
            )

    def sums(self, example: Any) -> LossSums:
        raise NotImplementedError(_UNTRAINED)

    def decode(self, request: Sounds, limits: Sequence[int], search: Search) -> list[Said]:
        """The transcript of each clip of a batch, in order."""
        if self.recognizer.ctc:
            texts = [frames_said(self.recognizer, one) for one in request.samples]
            return [Said(text, text, None) for text in texts]
        return sequences_said(self.recognizer, request, limits, search)

    def work(self) -> Callable[[TrainBatch], float]:
        raise NotImplementedError(_UNTRAINED)

    def save(self, folder: Path, adapter_of: str | None = None, layout: str = "hf") -> None:
        raise NotImplementedError(_UNTRAINED)
