"""A checkpoint's tokenizer, from tokenizer.json or from the older vocab.json with merges.txt.

Published checkpoints in the `qwen-asr` layout may have the older files alone. What transformers'
`Qwen2Tokenizer` makes of them is made here with `tokenizers`, so that plans need no torch.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import BPE

from plion.errors import InputError
from plion.models.qwen3_asr.files.layouts import read_json

FILE = "tokenizer.json"
_PARTS = ("vocab.json", "merges.txt", "tokenizer_config.json")
# How Qwen's tokenizers cut a text into what merges may not cross; part of what they are.
_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def files(folder: Path) -> list[Path]:
    """The files that a folder's tokenizer is of; InputError where it has none."""
    if (folder / FILE).is_file():
        return [folder / FILE]
    if lacking := missing(folder):
        raise InputError(
            f"{folder} has no {FILE}, nor {', '.join(lacking)} to make it of; take it from the "
            "model that this one was trained from, with `--like BASE`, or model.like=BASE in an "
            "experiment"
        )
    return [folder / name for name in _PARTS]


def missing(folder: Path) -> list[str]:
    """The files that a folder lacks of a tokenizer; none where it has one."""
    if (folder / FILE).is_file():
        return []
    return [name for name in _PARTS if not (folder / name).is_file()]


def load_tokenizer(folder: Path) -> Tokenizer:
    """A folder's tokenizer; InputError where it has none or it cannot be read."""
    paths = files(folder)
    try:
        if len(paths) == 1:
            return Tokenizer.from_file(str(paths[0]))
        return _built(folder, *paths)
    except InputError:
        raise
    except Exception as error:  # of `tokenizers`, which raises nothing narrower
        raise InputError(f"the tokenizer of {folder} cannot be read: {error}") from error


def check_tokenizer(
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


class Plain:
    """Encodes what people wrote, in which nothing is special: there, `<|im_end|>` is characters.

    A tokenizer by itself takes such characters for its own token, wherever they come from.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._added = frozenset(tokenizer.get_added_tokens_decoder())

    def ids(self, text: str) -> list[int]:
        """The token ids of a text."""
        return self._without_added(text, self._tokenizer.encode(text, add_special_tokens=False).ids)

    def count(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text; faster than one by one."""
        rows = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        pairs = zip(texts, rows, strict=True)
        return [len(self._without_added(text, row.ids)) for text, row in pairs]

    def _without_added(self, text: str, ids: list[int]) -> list[int]:
        if self._added.isdisjoint(ids):
            return ids
        return list(self._bare.encode(text, add_special_tokens=False).ids)

    @cached_property
    def _bare(self) -> Tokenizer:
        """The same vocabulary without what was added to it; made for the few texts that need it.

        `encode_special_tokens` would not do: Qwen's tokenizer has the tag's mark as an added token
        that is not called special.
        """
        content = json.loads(self._tokenizer.to_str())
        return Tokenizer.from_str(
            json.dumps({**content, "added_tokens": [], "post_processor": None})
        )


def _built(folder: Path, vocabulary: Path, merges: Path, config: Path) -> Tokenizer:
    tokenizer = Tokenizer(BPE.from_file(str(vocabulary), str(merges)))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    added = read_json(config).get("added_tokens_decoder", {})
    for number, token in sorted(added.items(), key=lambda entry: int(entry[0])):
        content = str(token["content"])
        flags = {key: token[key] for key in ("lstrip", "rstrip", "normalized", "single_word")
                 if key in token}  # fmt: skip
        tokenizer.add_tokens([AddedToken(content, special=token.get("special", False), **flags)])
        if tokenizer.token_to_id(content) != int(number):
            raise InputError(
                f"{config} says that {content} is token {number}, which does not follow on "
                f"{folder / vocabulary.name}"
            )
    return tokenizer
