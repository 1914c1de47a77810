"""Normalisation steps of the strict profiles: functions from text to text."""

import unicodedata
from collections.abc import Callable, Mapping
from functools import cache

import regex

# The steps of a profile in one language, by name, in order of application.
Step = Callable[[str], str]
Steps = Mapping[str, Step]

_INVISIBLE = regex.compile(r"[\p{Cf}\p{Variation_Selector}]+")
_WIDE = regex.compile("[\u3000\uff01-\uff5e]")
_FULL_WIDTH = {0x3000: " "} | {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_APOSTROPHES = regex.compile("[\u2018\u2019\u201b\u02b9\u02bb\u02bc\u2032`\u00b4]")
_PUNCTUATION = regex.compile(
    r"(?!')[\p{P}\p{S}]"  # all but the apostrophe, which is replaced outside Latin words only
    r"|(?<![\p{Latin}\p{Nd}])'|'(?!\p{Latin})"
)
_PUNCTUATION_BUT_HAN = regex.compile(rf"(?!\p{{Han}})(?:{_PUNCTUATION.pattern})")
_SYMBOL = regex.compile(r"[\p{So}\p{No}]")
_HAN = regex.compile(r"\p{Han}")
_LONE_SURROGATE = regex.compile(r"\p{Cs}")
_BETWEEN_HAN = regex.compile(r"(?<=\p{Han})\s+(?=\p{Han})")

LOOK_ALIKES = {
    # The length mark of AU has the shape of the letter LLA. Mapped to the letter, because mapping
    # back would break real words: LLA is a letter of its own in ஒளி (light) and வெள்ளி (silver).
    "\u0b94": "\u0b92\u0bb3",
    "\u0bcc": "\u0bc6\u0bb3",
    # SHRII was written with SA before Unicode had SHA, and often still is.
    "\u0bb8\u0bcd\u0bb0\u0bc0": "\u0bb6\u0bcd\u0bb0\u0bc0",
}

# Radicals that are whole simplified characters but have no decomposition in Unicode. Text extracted
# from PDFs often has them instead of the characters.
RADICALS = {
    "\u2ea0": "民", "\u2ec1": "虎", "\u2ec4": "西", "\u2ec5": "见", "\u2ec6": "角", "\u2ec9": "贝",
    "\u2ecb": "车", "\u2ed3": "长", "\u2ed4": "门", "\u2ed8": "青", "\u2ed9": "韦", "\u2eda": "页",
    "\u2edb": "风", "\u2edc": "飞", "\u2edd": "食", "\u2ee2": "马", "\u2ee3": "骨", "\u2ee4": "鬼",
    "\u2ee5": "鱼", "\u2ee6": "鸟", "\u2ee7": "卤", "\u2ee8": "麦", "\u2ee9": "黄", "\u2eea": "黾",
    "\u2eec": "齐", "\u2eee": "齿", "\u2ef0": "龙",
}  # fmt: skip


def drop_invisible(text: str) -> str:
    """Delete format characters and variation selectors; replace zero width space by a space."""
    return _INVISIBLE.sub("", text.replace("\u200b", " "))


def fold_width(text: str) -> str:
    """Replace full-width ASCII and the ideographic space by their half-width forms."""
    # Seldom is one there, and to search is faster.
    return text.translate(_FULL_WIDTH) if _WIDE.search(text) else text


def fold_case(text: str) -> str:
    """Case-fold, and normalise to NFC."""
    # Before folding, so that it finds composed letters; after it, since it can decompose them.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def fold_apostrophes(text: str) -> str:
    """Replace typographic apostrophes, and primes and accents used as apostrophes, by `'`."""
    return _APOSTROPHES.sub("'", text)


def blank_punctuation(text: str) -> str:
    """Replace punctuation and symbols by spaces, except an apostrophe inside a Latin word."""
    return _PUNCTUATION.sub(" ", text)


def blank_punctuation_but_han(text: str) -> str:
    """As `blank_punctuation`, but keep Han radicals, which Unicode classes as symbols."""
    return _PUNCTUATION_BUT_HAN.sub(" ", text)


def spell_han(text: str) -> str:
    """Replace symbols by the Han characters they stand for: radical `⼈` by `人`, `㊁` by `二`."""
    return _SYMBOL.sub(lambda found: _spelled(found[0]), text)


@cache
def _spelled(symbol: str) -> str:
    twin = RADICALS.get(symbol) or unicodedata.normalize("NFKC", symbol)
    return twin if _HAN.search(twin) else symbol


def unify_look_alikes(text: str) -> str:
    """Give Tamil sequences that look the same one spelling (`LOOK_ALIKES`)."""
    for sequence, twin in LOOK_ALIKES.items():
        text = text.replace(sequence, twin)
    return text


def join_words(text: str) -> str:
    """Reduce whitespace to single spaces between words, none at the ends."""
    return " ".join(text.split())


def join_han(text: str) -> str:
    """Delete spaces between two Han characters; keep those beside Latin words."""
    return _BETWEEN_HAN.sub("", text)


def simplify_han(text: str) -> str:
    """Convert traditional Chinese characters to simplified ones by words: OpenCC's `t2s`.

    The result for a character can depend on its neighbours (乾坤, 乾燥), so the text must have no
    spaces between characters.
    """
    return _converter()(_LONE_SURROGATE.sub("\ufffd", text))  # OpenCC takes valid UTF-8 only


def simplify_each_han(text: str) -> str:
    """Convert each traditional Chinese character by itself, with OpenCC's `t2s`.

    Neighbours do not matter, so one wrong character is one error. The price: 瞭解 does not become
    了解, and 乾坤 always becomes 干坤.
    """
    changed = {ord(one): twin for one in set(text) if (twin := _simplified(one)) != one}
    return text.translate(changed) if changed else text


@cache
def _simplified(character: str) -> str:
    # Twice, because one character (薴) needs two conversions.
    return simplify_han(simplify_han(character))


@cache  # loads its dictionaries only when Mandarin is scored
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert


LOCAL = frozenset(
    (
        drop_invisible,
        fold_width,
        fold_case,
        fold_apostrophes,
        blank_punctuation,
        blank_punctuation_but_han,
        spell_han,
        unify_look_alikes,
        join_words,
        join_han,
        simplify_each_han,
    )
)
"""The steps that do the same to a text whether spaces and other texts stand around it or not."""
