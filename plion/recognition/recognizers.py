"""Whatever turns speech into text, behind one small interface."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch

from plion.config.schema import Experiment
from plion.data.utterance import Utterance
from plion.errors import InputError
from plion.models.locate import QWEN, find_model, kind
from plion.models.qwen3_asr.decode import Search, transcribe
from plion.models.qwen3_asr.decode_batches import batch_loader
from plion.models.qwen3_asr.files import checkpoint
from plion.models.qwen3_asr.prompt import parse
from plion.models.transformers_asr import foreign
from plion.models.transformers_asr.sequences import WINDOW, multilingual, sequences_said


@dataclass(frozen=True)
class Said:
    """What was said to an utterance: the raw output, its text, the language that was named."""

    raw: str
    text: str
    language: str | None


def parsed(raw: str) -> Said:
    """Qwen3-ASR's raw output in its parts."""
    language, text = parse(raw)
    return Said(raw, text, language)


class Recognizer(Protocol):
    """A speech recogniser as test sets are decoded with it.

    shortest: seconds that every clip is padded to. context: tokens before every clip. attention:
    what it is computed with.
    """

    shortest: float
    context: int
    attention: str

    def to(self, device: torch.device) -> None:
        """Moves the model to a device, ready to decode."""

    def batches(
        self, utterances: Sequence[Utterance], places: Sequence[Sequence[int]], workers: int
    ) -> Iterable[Any]:
        """Utterances in batches by their places, each with its `utterances`, prepared to decode.

        `workers`: processes that read ahead.

        Raises InputError for audio that cannot be read.
        """

    def transcribe(self, batch: Any) -> list[Said]:
        """What is said to each utterance of a batch, in its order."""

    def forced(self) -> "Recognizer":
        """The same model, given the true language; InputError for one that does not take it."""


def recognizer(name: str, exp: Experiment, attention: str = "sdpa") -> Recognizer:
    """The recogniser of a run folder, a model folder, `mini`, or a cached hub id.

    What it is, its config.json tells. Raises InputError for one that is not there, cannot be
    loaded, or cannot decode as `tag.decode` and `evaluate` ask.
    """
    folder = find_model(name)
    if kind(folder) == QWEN:
        loaded = checkpoint.load_checkpoint(name, attention=attention, like=exp.model.like)
        return Qwen(loaded, exp, attention)
    return Other(foreign.load_foreign(folder, exp.model.like), exp)


class Qwen:
    """Qwen3-ASR: this project's models and those that they come from."""

    shortest = 0.0

    def __init__(
        self, loaded: checkpoint.Checkpoint, exp: Experiment, attention: str = "sdpa"
    ) -> None:
        self.checkpoint = loaded
        self.attention = attention
        self.exp = exp
        self.search = _search(exp)
        self.context = loaded.prompter.context_tokens(exp.data.context)

    def to(self, device: torch.device) -> None:
        self.checkpoint.model.to(device=device)  # type: ignore[call-arg]
        self.checkpoint.model.eval()

    def batches(
        self, utterances: Sequence[Utterance], places: Sequence[Sequence[int]], workers: int
    ) -> Iterable[Any]:
        return batch_loader(utterances, places, self.checkpoint, _with(self.exp, workers))

    def transcribe(self, batch: Any) -> list[Said]:
        model, prompter = self.checkpoint.model, self.checkpoint.prompter
        request = batch.to(model.device).request
        return [
            parsed(raw)
            for raw in transcribe(model, request, batch.limits, prompter, search=self.search)
        ]

    def forced(self) -> "Qwen":
        return Qwen(self.checkpoint, _forced(self.exp), self.attention)


class Other:
    """Another recogniser of `transformers`: Whisper, or one that the folder's config.json names."""

    context = 0

    def __init__(self, loaded: foreign.Foreign, exp: Experiment) -> None:
        self.loaded = loaded
        self.attention = loaded.attention
        self.exp = exp
        self.search = _search(exp)
        self.told = exp.tag.decoding == "forced"
        self.shortest = WINDOW if loaded.kind == foreign.WHISPER else 0.0
        if exp.data.context:
            raise InputError(
                f"a context (data.context) is Qwen3-ASR's, and this {loaded.kind} takes none; "
                "leave it out"
            )
        if self.told and not multilingual(loaded):
            raise InputError(
                f"tag.decode=forced gives the language, which this {loaded.kind} does not take; "
                "leave it free"
            )
        if loaded.ctc and not self.search.greedy:
            raise InputError(
                f"a {loaded.kind} says the likeliest label of each frame; it takes neither "
                "evaluate.beams nor evaluate.repetition_penalty"
            )

    def to(self, device: torch.device) -> None:
        self.loaded.model.to(device)

    def batches(
        self, utterances: Sequence[Utterance], places: Sequence[Sequence[int]], workers: int
    ) -> Iterable[Any]:
        return foreign.sound_loader(utterances, places, _with(self.exp, workers))

    def transcribe(self, batch: Any) -> list[Said]:
        if self.loaded.ctc:
            texts = [foreign.frames_said(self.loaded, one) for one in batch.samples]
            return [Said(text, text, None) for text in texts]
        said = sequences_said(self.loaded, batch, self.search, forced=self.told)
        return [Said(*one) for one in said]

    def forced(self) -> "Other":
        return Other(self.loaded, _forced(self.exp))


def _search(exp: Experiment) -> Search:
    return Search(exp.evaluate.beams, exp.evaluate.repetition_penalty)


def _forced(exp: Experiment) -> Experiment:
    return replace(exp, tag=replace(exp.tag, decode="forced"))


def _with(exp: Experiment, workers: int) -> Experiment:
    return replace(exp, trainer=replace(exp.trainer, workers=workers))
