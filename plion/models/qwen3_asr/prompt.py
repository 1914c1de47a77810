"""Qwen3-ASR's chat prompt: builds token ids of an utterance, and parses the model's output.

    <|im_start|>system\\n{context}<|im_end|>\\n
    <|im_start|>user\\n<|audio_start|>(<|audio_pad|> x N)<|audio_end|><|im_end|>\\n
    <|im_start|>assistant\\n{given}{prefix}{text}<|im_end|>

`context` is any text that helps to recognise the audio, such as names. `given` follows the
assistant's header and is not supervised; `prefix`, `text` and the end token are. Supervision is by
position, not by value, since the pad token may equal the end token. Without torch, so that plans
can count tokens.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from plion.models import tokenizer
from plion.models.qwen3_asr.frames import FRAMES_A_SECOND, HOP, thrice_halved
from plion.text.languages import Language

MARK = "<asr_text>"
AUDIO, END = "<|audio_pad|>", "<|im_end|>"
_START = "<|im_start|>"
# Pre-tokenisation pattern of Qwen's tokenizers.
PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPECIAL = [AUDIO, END, MARK, _START, "<|audio_start|>", "<|audio_end|>"]
_SYSTEM = "system\n"
_USER = "<|im_end|>\n<|im_start|>user\n<|audio_start|>"
_CLOSING = "<|audio_end|><|im_end|>\n<|im_start|>assistant\n"
_SHORTEST = 8_000  # samples; the feature extractor pads shorter clips to this


@dataclass(frozen=True)
class Target:
    """The assistant's turn: `given` is not supervised, `prefix` and `text` are."""

    given: str
    prefix: str
    text: str


def tag(language: Language | None) -> str:
    """`language NAME<asr_text>` by the model's own name; None is Qwen's `language None`."""
    return f"language {language.tag if language else None}{MARK}"


def _named(language: Language, text: str) -> str:
    """The tag of an utterance's language; an empty text is silence, which has no language."""
    return tag(language if text else None)


TAGS: dict[str, Callable[[Language, str], Target]] = {
    "none": lambda _, text: Target("", tag(None), text),
    "predict": lambda language, text: Target("", _named(language, text), text),
    "condition": lambda language, text: Target(_named(language, text), "", text),
    "absent": lambda _, text: Target("", "", text),
}
"""Tag policies: (language, text) to a target. `mixed` draws between two of these."""


def parse(output: str) -> tuple[str | None, str]:
    """Splits output into the language named (None if none) and the text, otherwise unchanged."""
    prefix, mark, text = output.partition(MARK)
    if not mark:
        return None, output
    named = prefix.strip().removeprefix("language").strip()
    return (None if named in ("", "None") else named), text


def audio_tokens(samples: int) -> int:
    """Number of placeholders of a clip of `samples` at 16 kHz: 13 a second, at least 0.5 s.

    The encoder's three stride-2 convolutions run over chunks of one second.
    """
    seconds, rest = divmod(max(samples, _SHORTEST) // HOP, FRAMES_A_SECOND)
    return thrice_halved(FRAMES_A_SECOND) * seconds + thrice_halved(rest)


@dataclass(frozen=True)
class Sequence:
    """Token ids of one utterance; its last `prefix + text` ids are supervised, in that order."""

    ids: list[int]
    prefix: int
    text: int


class Prompter:
    """Builds prompts with a checkpoint's own tokenizer."""

    def __init__(self, folder: Path) -> None:
        """Raises InputError for a missing tokenizer, or one without Qwen3-ASR's special tokens."""
        self.tokenizer = tokenizer.load_tokenizer(folder, PATTERN)
        self._plain = tokenizer.Plain(self.tokenizer)
        special = partial(tokenizer.special_id, self.tokenizer, folder, "Qwen3-ASR")
        self.end = special(END)
        self.audio = special(AUDIO)
        self._start, self._user = self._encode(_START), self._encode(_USER)
        self._closing = self._encode(_CLOSING)
        self._openings: dict[str, list[int]] = {}  # by context, of which a run has one

    def request(self, samples: int, given: str = "", context: str = "") -> list[int]:
        """The ids of a prompt, up to the start of the assistant's output."""
        audio = [self.audio] * audio_tokens(samples)
        return [*self._opening(context), *audio, *self._closing, *self._encode(given)]

    def context_tokens(self, context: str) -> int:
        """Number of tokens that a context adds to a prompt."""
        return len(self._opening(context)) - len(self._opening(""))

    def sequence(self, samples: int, target: Target, context: str = "") -> Sequence:
        """The ids of a training example, its end token included."""
        prefix = self._encode(target.prefix)
        text = [*self.written(target.text), self.end]
        return Sequence(
            [*self.request(samples, target.given, context), *prefix, *text], len(prefix), len(text)
        )

    def written(self, text: str) -> list[int]:
        """The ids of plain text; special tokens in it are encoded as characters."""
        return self._plain.ids(text) if text else []

    def count(self, texts: list[str]) -> list[int]:
        """Tokens of each text as `written`, without an end token."""
        return self._plain.count(texts)

    def decode(self, ids: list[int]) -> str:
        """Text up to the first end token; the language tag's mark is kept for `parse`."""
        kept = ids[: ids.index(self.end)] if self.end in ids else ids
        return str(self.tokenizer.decode(kept, skip_special_tokens=False))

    def _opening(self, context: str) -> list[int]:
        if context not in self._openings:
            # Together, as the chat template has it: line ends may become one token.
            system = self.written(f"{_SYSTEM}{context}")
            self._openings[context] = [*self._start, *system, *self._user]
        return self._openings[context]

    def _encode(self, text: str) -> list[int]:
        return list(self.tokenizer.encode(text, add_special_tokens=False).ids) if text else []
