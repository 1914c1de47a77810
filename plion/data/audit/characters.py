"""Find foreign letters, invisible characters, digits and special tokens in transcripts."""

import unicodedata
from functools import cache

import regex

from plion.text.languages import Language
from plion.text.scripts import LATIN, Writing

_LATIN = regex.compile(rf"\p{{{LATIN}}}")
_DIGIT = regex.compile(r"\p{Nd}")
# Control, format (zero width, direction marks, BOM), unassigned, private use; line and paragraph
# separators; the replacement character, which marks decoding errors.
_UNSEEN = regex.compile(r"[\p{C}\p{Zl}\p{Zp}\uFFFD]")

# The form of special tokens: <|im_end|>, <asr_text>, </think>.
_SPECIAL = regex.compile(r"<\|[^\s|<>]+\|>|</?[a-z][a-z0-9_]*>")


def special(text: str) -> list[str]:
    """The parts of a text that look like special tokens; a model would learn to emit them."""
    return _SPECIAL.findall(text)


def foreign(text: str, language: Language) -> list[str]:
    """Letters and marks of another script than the language's; Latin ones are `mixed_in`."""
    return _foreign(language.script).findall(text)


def mixed_in(text: str, language: Language) -> list[str]:
    """Latin letters in a text of a language with another script."""
    return [] if LATIN in language.script else _LATIN.findall(text)


def unseen(text: str) -> list[str]:
    """The control, zero-width, unassigned and replacement characters in a text."""
    return _UNSEEN.findall(text)


def has_digit(text: str) -> bool:
    """Whether a text has a decimal digit of any script."""
    return _DIGIT.search(text) is not None


def shown(character: str) -> str:
    """A character as printed in a message: with its code, and its name if it is invisible."""
    code = f"U+{ord(character):04X}"
    if _UNSEEN.match(character):
        return f"{code} {unicodedata.name(character, '')}".strip()
    return character if character.isascii() else f"{character} {code}"


@cache
def _foreign(writing: Writing) -> "regex.Pattern[str]":
    """Letters and marks of none of these scripts and not Latin.

    Digits, punctuation and combining marks of no one script are Common or Inherited.
    """
    own = "".join(rf"\p{{Script={name}}}" for name in (*writing, LATIN, "Common", "Inherited"))
    return regex.compile(rf"(?V1)[[\p{{L}}\p{{M}}]--[{own}]]")
