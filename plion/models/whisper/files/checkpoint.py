"""Contents of a Whisper's folder: its configuration, its tensors and its tokenizer, checked."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import torch
from transformers import (
    WhisperConfig,
    WhisperForConditionalGeneration,
)

from plion.errors import InputError
from plion.models.folders import weights
from plion.models.folders.documents import read_json
from plion.models.folders.safetensors import Tensor
from plion.models.whisper.prompt import Prompter

T = TypeVar("T", bound=Tensor)

_HEAD, _EMBEDDINGS = "proj_out.weight", "model.decoder.embed_tokens.weight"


def configuration(folder: Path) -> WhisperConfig:
    """The configuration of a folder; InputError for one that is not of Whisper."""
    content = read_json(folder / "config.json")
    with _of_whisper(folder):
        return WhisperConfig.from_dict(content)


@contextmanager
def _of_whisper(folder: Path) -> Iterator[None]:
    """Turns the library's errors about an invalid configuration into one InputError."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # the library checks few values and fails anywhere on others
        first = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{folder / 'config.json'} is not of Whisper: {first}") from error


def accounted(folder: Path, config: WhisperConfig, found: Mapping[str, T]) -> dict[str, T]:
    """A folder's tensors, each promised by the configuration.

    Where the head is tied to the embeddings a second copy of them is left out. Raises InputError,
    with the names, for what is missing, unexpected, of another shape, or not finite.
    """
    named = dict(found)
    if config.tie_word_embeddings and _HEAD in named and _EMBEDDINGS in named:
        if not weights.same(named[_HEAD], named[_EMBEDDINGS]):
            raise InputError(
                f"model {folder} ties its head to its embeddings in config.json, and has others in "
                f"{_HEAD}"
            )
        del named[_HEAD]
    with _of_whisper(folder):
        promised = shapes(config)
    weights.accounted(folder, named, promised)
    weights.check_finite(folder, found)
    return named


def shapes(config: WhisperConfig) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the tensors of a configuration, without allocating them."""
    with torch.device("meta"):
        model = WhisperForConditionalGeneration(config)
    left_out = {_HEAD} if config.tie_word_embeddings else set()
    state = model.state_dict()
    return {name: tuple(one.shape) for name, one in state.items() if name not in left_out}


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
