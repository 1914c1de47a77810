"""Finds the script of a text, which shows a transcript in another language without a model.

Counted by characters where words are not parted by spaces, and by words elsewhere, as in the mixed
error rate, so that a Latin name does not outweigh the Mandarin sentence around it.
"""

from collections import Counter
from collections.abc import Iterable
from functools import cache

import regex

LATIN = "Latin"
OTHER = "other"
Writing = tuple[str, ...]
"""The Unicode scripts that a language is written in: of most one, of Japanese three."""

UNSPACED = ("Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar")
"""Scripts in which words are not parted by spaces."""
_WIDE = r"\u3000-\u303f\uff00-\uffef"  # what punctuates them in East Asia
JOINED = regex.compile(rf"[\p{{Han}}\p{{Hiragana}}\p{{Katakana}}{_WIDE}]")
"""A character that no space stands between and another of its kind."""
_UNSPACED = "".join(rf"\p{{{name}}}" for name in UNSPACED)
BREAKABLE = regex.compile(f"[{_UNSPACED}{_WIDE}]")
"""A character that a line may end before or after, in the middle of a sentence."""
# Scripts whose marks are accents or none, so that letters alone spell a word.
_WITHOUT_MARKS = (LATIN, "Cyrillic", "Greek", "Han", "Hangul", "Hiragana", "Katakana")


_MIXED = regex.compile(r"\p{Han}|\P{Han}+")


def mixed(word: str) -> list[str]:
    """The units of the mixed error rate in a word: Han characters, and the text between them."""
    return _MIXED.findall(word)


def is_script(name: str) -> bool:
    """Whether Unicode has a script of this name."""
    try:
        regex.compile(rf"\p{{Script={name}}}")
    except regex.error:
        return False
    return name[:1].isupper()


def spelt_with_marks(writing: Writing) -> bool:
    """Whether spelling uses combining marks, such as vowel signs."""
    return any(name not in _WITHOUT_MARKS for name in writing)


def script(text: str, writings: Iterable[Writing], expected: Writing = ()) -> Writing | None:
    """The writing, among those given, in which most words of a text begin.

    Returns (OTHER,) if most words are in none of them, None without letters. A tie goes to
    `expected`, else to the writing that appears first, else to the one with the fewest scripts.
    """
    counts = _counted(text, tuple(dict.fromkeys(writings)))
    if not counts:
        return None
    most = max(counts.values())
    return expected if counts.get(expected) == most else _first(counts)


def has_foreign(text: str, writing: Writing) -> bool:
    """Whether a text has a letter, or a mark, of another writing."""
    return _foreign(writing).search(text) is not None


@cache
def _foreign(writing: Writing) -> "regex.Pattern[str]":
    own = "".join(map(_characters, writing))
    return regex.compile(rf"[[\p{{L}}\p{{M}}\p{{Han}}]--[{own}]]", regex.V1)


def fitting(text: str, writings: Iterable[Writing]) -> list[Writing]:
    """All writings that a text may be in: the result of `script`, and those that contain it."""
    counts = _counted(text, tuple(dict.fromkeys(writings)))
    if not counts:
        return []
    first = _first(counts)
    most = counts[first]
    return [one for one, n in counts.items() if n == most and set(first) <= set(one)]


def _first(counts: dict[Writing, int]) -> Writing:
    """The writing with most words, the earliest if several; `counts`: in order of appearance."""
    return max(counts, key=lambda one: counts[one])


def _counted(text: str, writings: tuple[Writing, ...]) -> dict[Writing, int]:
    """Number of words in each writing, in order of appearance, fewer scripts first."""
    names = tuple(dict.fromkeys(name for one in writings for name in one))
    counted = Counter(_script(word, names) for word in _words(names).findall(text))
    counts: dict[Writing, int] = {}
    for name in counted:
        for one in sorted([*writings, (OTHER,)], key=len):
            if name in one and one not in counts:
                counts[one] = sum(counted[each] for each in one)
    return counts


def _script(word: str, names: tuple[str, ...]) -> str:
    return next((name for name in names if _letter(name).match(word)), OTHER)


@cache
def _letter(name: str) -> "regex.Pattern[str]":
    return regex.compile(f"[{_characters(name)}]")


@cache
def _words(names: tuple[str, ...]) -> "regex.Pattern[str]":
    """A Han character, a letter of another script without spaces, or a word of others."""
    alone = "".join(_characters(name) for name in UNSPACED if name in (*names, "Han"))
    return regex.compile(
        rf"\p{{Han}}|[[{alone}]&&\p{{L}}]|[[\p{{L}}\p{{M}}]--[{alone}]]+", regex.V1
    )


def _characters(name: str) -> str:
    """A regular expression's set of a script's characters, with Japan's length mark for kana."""
    return rf"\p{{Script={name}}}" + ("\u30fc" if name == "Katakana" else "")
