"""Whether a folder's tokenizer is the one of its configuration."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from transformers import Qwen3ASRConfig

from plion.errors import InputError
from plion.models.qwen3_asr.prompt import SPECIAL, Prompter


def fitting(folder: Path, config: Qwen3ASRConfig) -> Prompter:
    """The prompter of a folder; raises InputError if its tokenizer is another model's."""
    prompter = Prompter(folder)
    _check_tokenizer(folder, prompter.tokenizer, config.to_dict(), SPECIAL)
    return prompter


def _check_tokenizer(
    folder: Path, tokenizer: Tokenizer, config: Mapping[str, Any], special: list[str]
) -> None:
    """Raises InputError unless a tokenizer goes with a model's complete configuration (`hf`).

    `special`: tokens that it must know, the placeholder of audio the first of them.
    """
    vocabulary = tokenizer.get_vocab(with_added_tokens=True)
    if missing := [token for token in special if token not in vocabulary]:
        raise InputError(
            f"the tokenizer of {folder} has no token {', '.join(missing)}: it is not Qwen3-ASR's"
        )
    highest, rows = max(vocabulary.values()), config["text_config"]["vocab_size"]
    if highest >= rows:
        raise InputError(
            f"the tokenizer of {folder} is another model's: it has tokens up to {highest}, and the "
            f"model has embeddings of {rows}"
        )
    if vocabulary[special[0]] != config["audio_token_id"]:
        raise InputError(
            f"the tokenizer of {folder} is another model's: {special[0]} is its token "
            f"{vocabulary[special[0]]}, and the model's audio_token_id {config['audio_token_id']}"
        )
