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
_PUNCTUATION_BUT_HAN = regex.compile(rf"(?!\p{{Han}})(?:{_PUNCTUATION.pattern})")
_SYMBOL = regex.compile(r"[\p{So}\p{No}]")
_HAN = regex.compile(r"\p{Han}")
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

# Radicals that are whole simplified characters, and that Unicode gives no decomposition. A PDF's
# text often has them in the place of these.
RADICALS = {
    "\u2ea0": "民", "\u2ec1": "虎", "\u2ec4": "西", "\u2ec5": "见", "\u2ec6": "角", "\u2ec9": "贝",
    "\u2ecb": "车", "\u2ed3": "长", "\u2ed4": "门", "\u2ed8": "青", "\u2ed9": "韦", "\u2eda": "页",
    "\u2edb": "风", "\u2edc": "飞", "\u2edd": "食", "\u2ee2": "马", "\u2ee3": "骨", "\u2ee4": "鬼",
    "\u2ee5": "鱼", "\u2ee6": "鸟", "\u2ee7": "卤", "\u2ee8": "麦", "\u2ee9": "黄", "\u2eea": "黾",
    "\u2eec": "齐", "\u2eee": "齿", "\u2ef0": "龙",
}  # fmt: skip


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


def blank_punctuation_but_han(text: str) -> str:
    """As `blank_punctuation`, but radicals stay: they are symbols to Unicode, and are read."""
    return _PUNCTUATION_BUT_HAN.sub(" ", text)


def spell_han(text: str) -> str:
    """Symbols that stand for Han characters as these: `⼈` (a radical) is `人`, `㊁` is `二`."""
    return _SYMBOL.sub(lambda found: _spelled(found[0]), text)


@cache
def _spelled(symbol: str) -> str:
    twin = RADICALS.get(symbol) or unicodedata.normalize("NFKC", symbol)
    return twin if _HAN.search(twin) else symbol


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


def simplify_each_han(text: str) -> str:
    """Each traditional Chinese character as the simplified one that OpenCC's `t2s` has for it.

    Whatever its neighbours are, so that one wrong character is one error. What it costs: 瞭解 is
    not 了解 then, and 乾坤 becomes 干坤 wherever it stands.
    """
    return "".join(map(_simplified, text))


@cache
def _simplified(character: str) -> str:
    # Twice, as one (薴) has two steps to go.
    return simplify_han(simplify_han(character))


@cache  # its dictionaries are read where Mandarin is scored, and nowhere else
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert
