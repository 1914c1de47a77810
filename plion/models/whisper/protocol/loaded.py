"""A Whisper in memory: loss, decoding, work and saving."""

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from torch import nn
from torch.nn import functional as F
from transformers import WhisperFeatureExtractor, WhisperForConditionalGeneration
from transformers.models.whisper.tokenization_whisper import LANGUAGES as WHISPER_LANGUAGES

from plion.errors import InputError
from plion.loading.batches import TrainBatch
from plion.models.base import Family
from plion.models.sources import Sources
from plion.models.values import LossSums, Said, Search, Targets
from plion.models.whisper.collator import WhisperCollator
from plion.models.whisper.decode import encode, transcribe
from plion.models.whisper.files.saving import save_whisper
from plion.models.whisper.flops import multiply_adds, passes
from plion.models.whisper.prompt import Prompter, check_context, parse
from plion.models.whisper.tensors import WhisperExample, WhisperRequest
from plion.models.whisper.window import Window
from plion.text.shipped import SHIPPED


@dataclass(frozen=True)
class LoadedWhisper:
    """`plion.models.base.Loaded`, whose docstrings hold here too."""

    family: Family
    sources: Sources
    model: WhisperForConditionalGeneration
    attention: str
    extractor: WhisperFeatureExtractor
    prompter: Prompter
    window: Window

    @property
    def folder(self) -> Path:
        return self.sources.folder

    def collator(self, targets: Targets) -> WhisperCollator:
        check_context(targets.context)
        if targets.forced and not self.prompter.languages:
            raise InputError(
                "tag.decode=forced gives the language, but this Whisper of one language takes "
                "none; set tag.decode=free"
            )
        return WhisperCollator(self.extractor, self.prompter, self.window, targets)

    def check_search(self, search: Search) -> None:
        """Accepts every search."""

    def sums(self, example: WhisperExample) -> LossSums:
        """The head runs on the supervised positions only."""
        hidden = self.model.model.decoder(
            # Causal without a mask: padding is on the right, where no supervised position attends.
            input_ids=example.ids,
            encoder_hidden_states=encode(self.model, example.features),
            use_cache=False,
        ).last_hidden_state
        logits = self.model.proj_out(hidden[example.rows, example.columns]).float()
        losses = F.cross_entropy(logits, example.labels, reduction="none")
        return LossSums.of(losses, example.in_prefix)

    def decode(self, request: WhisperRequest, limits: Sequence[int], search: Search) -> list[Said]:
        raws = transcribe(self.model, request, limits, self.prompter, search=search)
        return [said(raw) for raw in raws]

    def work(self) -> Callable[[TrainBatch], float]:
        config = self.model.config.to_dict()
        each = astuple(passes(*map(_trained, (self.model.model.encoder, self.model.model.decoder))))

        def count(batch: TrainBatch) -> float:
            if batch.example is None:
                return 0.0
            rows, columns = len(batch.seen), batch.example.positions
            forward = multiply_adds(config, rows, rows * columns, sum(batch.example.tokens))
            return float(np.dot(astuple(forward), each))

        return count

    def save(self, folder: Path, adapter_of: str | None = None, layout: str = "hf") -> None:
        save_whisper(self.model, self.sources, folder, adapter_of)


def said(raw: str) -> Said:
    """Parses a raw output; a language is named as in its row, else as Whisper names it."""
    code, text = parse(raw)
    if code is None:
        return Said(raw, text, None)
    row = SHIPPED.get(code)
    return Said(raw, text, row.name if row else WHISPER_LANGUAGES.get(code, code).title())


def _trained(module: nn.Module) -> float:
    """The trained share of a part's matrices, without positions, which are only looked up."""
    named = module.named_parameters()
    own = [p for name, p in named if p.ndim > 1 and "embed_positions" not in name]
    return sum(p.numel() for p in own if p.requires_grad) / sum(p.numel() for p in own)
