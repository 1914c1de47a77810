"""What of a transcript is not of its language's script, or cannot be seen at all."""

import unicodedata

import regex

from plion.text.languages import LANGUAGES

# Digits, punctuation and combining marks of no one script are Common or Inherited.
_FOREIGN = {
    key: regex.compile(
        r"(?V1)[[\p{L}\p{M}]--"
        rf"[\p{{Script={row.script}}}\p{{Latin}}\p{{Common}}\p{{Inherited}}]]"
    )
    for key, row in LANGUAGES.items()
}
_LATIN = regex.compile(r"\p{Latin}")
_DIGIT = regex.compile(r"\p{Nd}")
# Control, format (zero width, direction marks, BOM), unassigned, private use; line and paragraph
# separators; the replacement character, which stands where a decoder gave up.
_UNSEEN = regex.compile(r"[\p{C}\p{Zl}\p{Zp}\uFFFD]")

# As tokenizers spell what is no text to a model: <|im_end|>, <asr_text>, </think>.
_SPECIAL = regex.compile(r"<\|[^\s|<>]+\|>|</?[a-z][a-z0-9_]*>")


def special(text: str) -> list[str]:
    """What is spelled like a special token of a model; models are trained to write it out."""
    return _SPECIAL.findall(text)


def foreign(text: str, language: str) -> list[str]:
    """Letters and marks of another script than the language's; Latin is `mixed_in`."""
    return _FOREIGN[language].findall(text)


def mixed_in(text: str, language: str) -> list[str]:
    """Latin letters in a language that is not written with them."""
    return [] if LANGUAGES[language].script == "Latin" else _LATIN.findall(text)


def unseen(text: str) -> list[str]:
    """Control, zero-width, unassigned and replacement characters."""
    return _UNSEEN.findall(text)


def has_digit(text: str) -> bool:
    """Whether a decimal digit of any script stands in a text."""
    return _DIGIT.search(text) is not None


def shown(character: str) -> str:
    """A character as it can be told: by its code and name where it is not seen by itself."""
    code = f"U+{ord(character):04X}"
    if _UNSEEN.match(character):
        return f"{code} {unicodedata.name(character, '')}".strip()
    return character if character.isascii() else f"{character} {code}"
