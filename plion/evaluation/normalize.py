"""What is done to a text before it is scored, in versioned profiles.

A profile's name is recorded with every number made under it. Once numbers have been made, a profile
is never changed: the next version gets its own name.

`raw` scores texts as they are; only runs of whitespace count as one.

`strict-1` removes what is a matter of writing and keeps what is a matter of hearing.

In every language:
- Letters are compared in NFC and without case; full-width forms (`Ａ１`) are their ASCII twins.
- Invisible characters go: ZWJ, ZWNJ and all other format characters, and variation selectors. But
  the zero width space (U+200B) is a space: it stands where a word ends.
- Typographic apostrophes are `'`, and one inside a Latin word stays (`don't`, `Qur'an`).
- All other punctuation and symbols become a space. Hyphens too: Malay reduplication
  `kanak-kanak` is the two words `kanak kanak`, `2.5` is `2 5`. Category M is never touched:
  vowel signs and the virama of Tamil are of that category, and without them nothing is spelt.

In Tamil, sequences that look the same are one (`LOOK_ALIKES`). In Mandarin, no space is left
between Han characters, and as `scoring` counts characters, the others are not counted either.

It reads no digits out, drops no fillers and no particles, and leaves traditional Chinese characters
as they are.
"""

import unicodedata
from collections.abc import Callable

import regex

from plion.errors import InputError, suggest
from plion.languages import LANGUAGES
from plion.languages import language as known_language

Steps = tuple[Callable[[str], str], ...]

_INVISIBLE = regex.compile(r"[\p{Cf}\p{Variation_Selector}]+")
_FULL_WIDTH = {0x3000: " "} | {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_APOSTROPHES = regex.compile("[\u2018\u2019\u201b\u02b9\u02bb\u02bc\u2032`\u00b4]")
_PUNCTUATION = regex.compile(
    r"(?!')[\p{P}\p{S}]"  # all but the apostrophe, which goes where no Latin word surrounds it
    r"|(?<![\p{Latin}\p{Nd}])'|'(?!\p{Latin})"
)
_BETWEEN_HAN = regex.compile(r"(?<=\p{Han})\s+(?=\p{Han})")

LOOK_ALIKES = {
    # The length mark of AU has the shape of the letter LLA. Towards the letter, because the way
    # back would break true words: LLA stands by itself in ஒளி (light) and வெள்ளி (silver).
    "\u0b94": "\u0b92\u0bb3",
    "\u0bcc": "\u0bc6\u0bb3",
    # SHRII was written with SA before Unicode had SHA, and often still is.
    "\u0bb8\u0bcd\u0bb0\u0bc0": "\u0bb6\u0bcd\u0bb0\u0bc0",
}


def normalize(text: str, language: str, profile: str = "strict") -> str:
    """A text as it is compared under a profile; `strict` names the newest strict one.

    Idempotent. `language` is a key of `plion.languages`. Raises InputError for a profile or a
    language that does not exist.
    """
    for step in PROFILES[resolve_profile(profile)][known_language(language).key]:
        text = step(text)
    return text


def resolve_profile(name: str) -> str:
    """The versioned name of a profile; InputError names the nearest known one."""
    name = NEWEST.get(name, name)
    if name not in PROFILES:
        raise InputError(f"unknown profile '{name}' {suggest(name, [*NEWEST, *PROFILES])}")
    return name


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
    """Typographic apostrophes, primes and accents used as such as `'`."""
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


_COMMON: Steps = (
    drop_invisible,
    fold_width,
    fold_case,
    fold_apostrophes,
    blank_punctuation,
    join_words,
)
_STRICT_1 = {
    "en": _COMMON,
    "zh": (*_COMMON, join_han),
    "ta": (*_COMMON, unify_look_alikes),
    "ms": _COMMON,
}
PROFILES: dict[str, dict[str, Steps]] = {
    "raw": dict.fromkeys(LANGUAGES, (join_words,)),
    "strict-1": _STRICT_1,
}
NEWEST = {"strict": "strict-1"}
