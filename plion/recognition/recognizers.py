"""Speech recognisers behind one interface: Qwen3-ASR, and others of `transformers`."""

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
    """Output for an utterance: raw model text, transcript, language named by the model or None."""

    raw: str
    text: str
    language: str | None


def parsed(raw: str) -> Said:
    """Splits Qwen3-ASR's raw output into language and transcript."""
    language, text = parse(raw)
    return Said(raw, text, language)


class Recognizer(Protocol):
    """A speech recogniser for decoding test sets.

    shortest: seconds to which every clip is padded. context: number of context tokens before every
    clip. attention: the attention implementation.
    """

    shortest: float
    context: int
    attention: str

    def to(self, device: torch.device) -> None:
        """Moves the model to a device, ready to decode."""

    def batches(
        self, utterances: Sequence[Utterance], places: Sequence[Sequence[int]], workers: int
    ) -> Iterable[Any]:
        """Yields prepared batches, each with its `utterances`, for lists of utterance indices.

        `workers`: number of processes that read ahead. Raises InputError for unreadable audio.
        """

    def transcribe(self, batch: Any) -> list[Said]:
        """Decodes a batch; returns one output per utterance, in order."""

    def forced(self) -> "Recognizer":
        """The same model, decoded with the true language; InputError if it takes none."""


def recognizer(name: str, exp: Experiment, attention: str = "sdpa") -> Recognizer:
    """Loads the recogniser of a run folder, a model folder, `mini`, or a cached hub id.

    Its config.json decides the kind. Raises InputError if it is missing, cannot be loaded, or does
    not support `tag.decode` or the search of `evaluate`.
    """
    folder = find_model(name)
    if kind(folder) == QWEN:
        loaded = checkpoint.load_checkpoint(name, attention=attention, like=exp.model.like)
        return Qwen(loaded, exp, attention)
    return Other(foreign.load_foreign(folder, exp.model.like), exp)


class Qwen:
    """A Qwen3-ASR model: trained by this project, or a base model."""

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
    """Another recogniser of `transformers`, such as Whisper."""

    context = 0

    def __init__(self, loaded: foreign.Foreign, exp: Experiment) -> None:
        self.loaded = loaded
        self.attention = loaded.attention
        self.exp = exp
        self.search = _search(exp)
        self.told = exp.tag.decoding == "forced"
        self.shortest = WINDOW if loaded.kind == foreign.WHISPER else 0.0
        if exp.data.context:
            raise InputError(f"this {loaded.kind} takes no context (data.context); leave it out")
        if self.told and not multilingual(loaded):
            raise InputError(
                f"tag.decode=forced gives the language, but this {loaded.kind} takes none; "
                "set tag.decode=free"
            )
        if loaded.ctc and not self.search.greedy:
            raise InputError(
                f"a {loaded.kind} outputs the likeliest label of each frame; leave out "
                "evaluate.beams and evaluate.repetition_penalty"
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
