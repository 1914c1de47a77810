"""Loads a checkpoint's tokenizer, from tokenizer.json or the older vocab.json with merges.txt.

The older files are converted with `tokenizers`, as transformers does, so that plans need no torch.
"""

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import BPE

from plion.errors import InputError
from plion.models.folders.documents import read_json

FILE = "tokenizer.json"
_PARTS = ("vocab.json", "merges.txt", "tokenizer_config.json")
# What tokenizers of all kinds may be of where tokenizer.json does not say all.
TOKENIZER_PARTS = (
    *("vocab.json", "merges.txt", "added_tokens.json", "tokenizer_config.json"),
    *("special_tokens_map.json", "normalizer.json", "tokenizer.model", "spiece.model"),
    "sentencepiece.bpe.model",
)


def files(folder: Path) -> list[Path]:
    """The files of a folder's tokenizer; raises InputError if it has none."""
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
    """The missing files of a folder's tokenizer; empty if it has one."""
    if (folder / FILE).is_file():
        return []
    return [name for name in _PARTS if not (folder / name).is_file()]


def load_tokenizer(folder: Path, pattern: str | None = None) -> Tokenizer:
    """Loads a folder's tokenizer; raises InputError if it has none or it cannot be read."""
    paths = files(folder)
    try:
        if len(paths) == 1:
            return Tokenizer.from_file(str(paths[0]))
        return _built(folder, paths, pattern)
    except InputError:
        raise
    except Exception as error:  # of `tokenizers`, which raises nothing narrower
        raise InputError(f"the tokenizer of {folder} cannot be read: {error}") from error


def special_id(loaded: Tokenizer, folder: Path, title: str, token: str) -> int:
    """The id of a special token; raises InputError if a tokenizer of `title` has none."""
    number = loaded.token_to_id(token)
    if number is None:
        raise InputError(f"the tokenizer of {folder} has no token {token}: it is not {title}'s")
    return int(number)


class Plain:
    """Encodes plain text without special tokens: `<|im_end|>` in a text is encoded as characters.

    A tokenizer by itself would encode it as its special token.
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
        """The same vocabulary without added tokens; built only for the few texts that need it.

        `encode_special_tokens` is not enough: a tag's mark may be an added token that is not
        special.
        """
        content = json.loads(self._tokenizer.to_str())
        return Tokenizer.from_str(
            json.dumps({**content, "added_tokens": [], "post_processor": None})
        )


def _built(folder: Path, paths: Sequence[Path], pattern: str | None) -> Tokenizer:
    vocabulary, merges, config = paths
    tokenizer = Tokenizer(BPE.from_file(str(vocabulary), str(merges)))
    cut: Any = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=pattern is None)
    if pattern is not None:
        tokenizer.normalizer = normalizers.NFC()
        first = pre_tokenizers.Split(Regex(pattern), behavior="isolated")
        cut = pre_tokenizers.Sequence([first, cut])
    tokenizer.pre_tokenizer = cut
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
