"""Whisper's prompt: an utterance and a tag policy to token ids, and text back from output.

    <|startoftranscript|><|ta|><|transcribe|><|notimestamps|>{text}<|endoftext|>

The language has a token of its own. It is given (`condition`) or supervised (`predict`); the text
and the end token are always supervised, the other tokens never. The text follows as transformers'
own tokenizer encodes it, without a space before it. A model of English alone has no language and no
task in its prompt. Free of torch, so that plans can count tokens without it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from plion.errors import InputError
from plion.models import tokenizer
from plion.models.folders.documents import read_json
from plion.text.languages import Language

START, END = "<|startoftranscript|>", "<|endoftext|>"
_TASK, _NO_TIMES = "<|transcribe|>", "<|notimestamps|>"
_CODE = re.compile(r"<\|([a-z]{2,3})\|>")
_TAG = re.compile(r"^<\|([a-z]{2,3})\|>")
_SETTINGS = "generation_config.json"
_TRAINED = ("condition", "predict")  # tag policies


def check_tag(policy: str) -> None:
    """Raises InputError for a tag policy that Whisper's prompt cannot express."""
    if policy not in _TRAINED:
        raise InputError(
            f"tag.train={policy} cannot be trained with Whisper, whose transcripts always open "
            "with the token of a language: choose tag.train=condition, which gives that token, or "
            "tag.train=predict, which supervises it"
        )


def check_context(context: str) -> None:
    """Raises InputError for a context, which Whisper does not support here."""
    if context:
        raise InputError("Whisper takes no context (data.context); leave it out")


@dataclass(frozen=True)
class Target:
    """Token ids of one training example, its end token included.

    `prefix`: supervised language tokens (0 or 1), at position 1. The last `text` ids are supervised
    too, the end token among them.
    """

    ids: list[int]
    prefix: int
    text: int


class Prompter:
    """Builds prompts with a checkpoint's own tokenizer.

    `languages`: the ids of the language tokens by their codes; empty for a model of English alone.
    """

    def __init__(self, folder: Path) -> None:
        """Raises InputError if there is no tokenizer, or if it lacks Whisper's special tokens."""
        self.folder = folder
        self.tokenizer = tokenizer.load_tokenizer(folder)
        self._plain = tokenizer.Plain(self.tokenizer)
        special = partial(tokenizer.special_id, self.tokenizer, folder, "Whisper")
        self.start, self.end = special(START), special(END)
        self._no_times = special(_NO_TIMES)
        self.added = sorted(self.tokenizer.get_added_tokens_decoder())
        self.languages = self._codes() if _multilingual(folder) else {}
        self._task = special(_TASK) if self.languages else None

    def opening(self, language: Language) -> list[int]:
        """The ids before a transcript in a language.

        Raises InputError for a language that the model has no token for.
        """
        return [self.start, self.token(language), *self.task]

    @property
    def task(self) -> list[int]:
        """The ids between the language and the transcript."""
        return [self._no_times] if self._task is None else [self._task, self._no_times]

    def token(self, language: Language) -> int:
        """The token of a language, by the key of its row."""
        key = language.key
        if key not in self.languages:
            raise InputError(
                f"the Whisper of {self.folder} has no token <|{key}|> for language '{key}' "
                f"({language.name}); give the language's row the key of a token that it has, or "
                "leave the corpus out with data.exclude"
            )
        return self.languages[key]

    def target(self, language: Language, text: str, *, supervised: bool) -> Target:
        """The ids of a training example; `supervised`: whether its language token is.

        The language of an utterance without words is never supervised: it cannot be heard.
        """
        words = [*self.written(text), self.end]
        return Target([*self.opening(language), *words], int(supervised and bool(text)), len(words))

    def written(self, text: str) -> list[int]:
        """The ids of plain text; special tokens in it are encoded as characters."""
        return self._plain.ids(text) if text else []

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text as `written`, without an end token."""
        return self._plain.count(list(texts))

    def decode(self, ids: list[int]) -> str:
        """Text up to the first end token, including a language token at the start."""
        kept = ids[: ids.index(self.end)] if self.end in ids else ids
        return str(self.tokenizer.decode(kept, skip_special_tokens=False))

    def _codes(self) -> dict[str, int]:
        """Language tokens in the order of their ids."""
        decoder = self.tokenizer.get_added_tokens_decoder()
        found = ((_CODE.fullmatch(decoder[number].content), number) for number in self.added)
        return {match[1]: number for match, number in found if match}


def parse(output: str) -> tuple[str | None, str]:
    """The code of the language token that opens an output, if any, and the text behind it."""
    found = _TAG.match(output)
    return (found[1], output[found.end() :]) if found else (None, output)


def _multilingual(folder: Path) -> bool:
    """Whether prompts have a language; the published models of English alone say so here."""
    path = folder / _SETTINGS
    return bool(read_json(path).get("is_multilingual", True)) if path.is_file() else True
