"""Contents of a Whisper's folder: its configuration, its tensors and its tokenizer, checked."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from transformers import (
    WhisperConfig,
    WhisperForConditionalGeneration,
)

from plion.errors import InputError
from plion.models.folders import weights
from plion.models.folders.documents import read_json
from plion.models.folders.promises import configured, shapes, without_tied
from plion.models.folders.safetensors import Tensor
from plion.models.whisper.prompt import Prompter

T = TypeVar("T", bound=Tensor)

_TITLE = "Whisper"

_HEAD, _EMBEDDINGS = "proj_out.weight", "model.decoder.embed_tokens.weight"


def configuration(folder: Path) -> WhisperConfig:
    """The configuration of a folder; InputError for one that is not of Whisper."""
    content = read_json(folder / "config.json")
    with configured(folder, _TITLE):
        return WhisperConfig.from_dict(content)


def accounted(folder: Path, config: WhisperConfig, found: Mapping[str, T]) -> dict[str, T]:
    """A folder's tensors, each promised by the configuration.

    Leaves out a head that repeats the embeddings that it is tied to. Raises InputError, with the
    names, for tensors that are missing, unexpected, of another shape, or not finite.
    """
    named = dict(found)
    if config.tie_word_embeddings:
        named = without_tied(folder, named, _HEAD, _EMBEDDINGS)
    with configured(folder, _TITLE):
        promised = shapes(WhisperForConditionalGeneration, config, _HEAD)
    weights.accounted(folder, named, promised)
    weights.check_finite(folder, found)
    return named


def fitting(folder: Path, config: WhisperConfig) -> Prompter:
    """The prompter of a folder; raises InputError if its tokenizer is another model's."""
    prompter = Prompter(folder)
    highest = max(prompter.tokenizer.get_vocab(with_added_tokens=True).values())
    if highest >= config.vocab_size:
        raise InputError(
            f"the tokenizer of {folder} is another model's: it has tokens up to {highest}, and the "
            f"model has embeddings of {config.vocab_size}"
        )
    if prompter.start != config.decoder_start_token_id:
        raise InputError(
            f"the tokenizer of {folder} is another model's: transcripts start with its token "
            f"{prompter.start}, and the model's with {config.decoder_start_token_id}"
        )
    return prompter
