"""The steps of the strict profiles: what is a matter of writing goes, what is heard stays."""

import unicodedata
from collections.abc import Callable, Mapping
from functools import cache

import regex

# The steps of a profile in one language, by name, in the order in which they are done.
Steps = Mapping[str, Callable[[str], str]]

_INVISIBLE = regex.compile(r"[\p{Cf}\p{Variation_Selector}]+")
_FULL_WIDTH = {0x3000: " "} | {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_APOSTROPHES = regex.compile("[\u2018\u2019\u201b\u02b9\u02bb\u02bc\u2032`\u00b4]")
_PUNCTUATION = regex.compile(
    r"(?!')[\p{P}\p{S}]"  # all but the apostrophe, which goes where no Latin word surrounds it
    r"|(?<![\p{Latin}\p{Nd}])'|'(?!\p{Latin})"
)
_LONE_SURROGATE = regex.compile(r"\p{Cs}")
_BETWEEN_HAN = regex.compile(r"(?<=\p{Han})\s+(?=\p{Han})")

LOOK_ALIKES = {
    # The length mark of AU has the shape of the letter LLA. Towards the letter, because the way
    # back would break true words: LLA stands by itself in ஒளி (light) and வெள்ளி (silver).
    "\u0b94": "\u0b92\u0bb3",
    "\u0bcc": "\u0bc6\u0bb3",
    # SHRII was written with SA before Unicode had SHA, and often still is.
    "\u0bb8\u0bcd\u0bb0\u0bc0": "\u0bb6\u0bcd\u0bb0\u0bc0",
}


def drop_invisible(text: str) -> str:
    """Without format characters and variation selectors; a zero width space becomes a space."""
    return _INVISIBLE.sub("", text.replace("\u200b", " "))


def fold_width(text: str) -> str:
    """Full-width ASCII and the ideographic space as their half-width twins."""
    return text.translate(_FULL_WIDTH)


def fold_case(text: str) -> str:
    """Case-folded and in NFC."""
    # Folding can decompose a letter and needs composed ones to find their fold.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def fold_apostrophes(text: str) -> str:
    """Typographic apostrophes, primes and accents used as such `'`."""
    return _APOSTROPHES.sub("'", text)


def blank_punctuation(text: str) -> str:
    """Punctuation and symbols as spaces, but for an apostrophe inside a Latin word."""
    return _PUNCTUATION.sub(" ", text)


def unify_look_alikes(text: str) -> str:
    """One spelling for Tamil sequences that are drawn the same."""
    for sequence, twin in LOOK_ALIKES.items():
        text = text.replace(sequence, twin)
    return text


def join_words(text: str) -> str:
    """Single spaces between words, none at the ends."""
    return " ".join(text.split())


def join_han(text: str) -> str:
    """No space between two Han characters; those beside Latin words stay."""
    return _BETWEEN_HAN.sub("", text)


def simplify_han(text: str) -> str:
    """Traditional Chinese characters as simplified ones: OpenCC's `t2s`.

    Which character stands for which can hang on its neighbours (乾坤, 乾燥), so this wants texts
    without spaces between characters.
    """
    return _converter()(_LONE_SURROGATE.sub("\ufffd", text))  # it reads UTF-8


@cache  # its dictionaries are read where Mandarin is scored, and nowhere else
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert
