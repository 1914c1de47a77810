"""Subtitles cut to what can be read: at most two lines of 42 columns, for at most 7 seconds.

The model does not say when each word was said. So the time of a segment is divided among its cues
in proportion to their columns of text, which is right for an even pace and off by some tenths of a
second elsewhere.

Text is broken between words, and in scripts that are written without spaces between characters,
but never before a closing or after an opening mark; a word that no line holds between graphemes. A
grapheme, a Tamil letter with its vowel sign say, has one column; a wide one, as Chinese has, two.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil
from unicodedata import east_asian_width

import regex

LINES, COLUMNS, LONGEST = 2, 42, 7.0  # of a cue, of a line, and seconds of a cue

_GRAPHEME = regex.compile(r"\X")
_ANYWHERE = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
    r"\u3000-\u303f\uff00-\uffef]"
)
_CLOSING = regex.compile(r"[\p{Pe}\p{Pf}、。，．：；？！・ーっゃゅょッャュョ々〜…]|[.,:;?!%]")
_OPENING = regex.compile(r"[\p{Ps}\p{Pi}]")


@dataclass(frozen=True)
class Cue:
    """Lines of text that are shown between two seconds."""

    start: float
    end: float
    lines: tuple[str, ...]


@dataclass(frozen=True)
class _Unit:
    """Text that is not broken, its columns, and what stands before it where a line goes on."""

    text: str
    columns: int
    glue: str


def cues(text: str, start: float, end: float) -> Iterator[Cue]:
    """The cues of what was said between two seconds; none where nothing was.

    A word that alone would be shown for longer than 7 seconds is taken off after these.
    """
    units = [unit for word in text.split() for unit in _units(word)]
    groups = _groups(units, end - start)
    total, before = _columns(units), 0
    for group in groups:
        begin = start + (end - start) * before / total
        before += _columns(group)
        until = start + (end - start) * before / total
        yield Cue(begin, min(until, begin + LONGEST), _lines(group) or (_text(group),))


def _groups(units: Sequence[_Unit], seconds: float) -> Sequence[Sequence[_Unit]]:
    """As few cues as hold the units, of about as much text each."""
    total = _columns(units)
    fewest = max(1, ceil(seconds / LONGEST), ceil(total / (LINES * COLUMNS)))
    for count in range(fewest, 2 * total + 1):
        groups = _divided(units, count)
        longest = max((_columns(group) for group in groups if len(group) > 1), default=0)
        if seconds * longest <= LONGEST * total and all(map(_lines, groups)):
            return groups
    return [[unit] for unit in units]


def _divided(units: Sequence[_Unit], count: int) -> list[list[_Unit]]:
    """Units in so many groups or fewer, each by where its middle is in the text."""
    total, before, places = _columns(units), 0, []
    for unit in units:
        places.append(int((before + unit.columns / 2) * count / total))
        before += unit.columns
    numbered = groupby(zip(places, units, strict=True), key=lambda pair: pair[0])
    return [[unit for _, unit in group] for _, group in numbered]


def _lines(units: Sequence[_Unit]) -> tuple[str, ...]:
    """One line, or two as even as they can be; nothing where these do not hold the units."""
    if _width(units) <= COLUMNS:
        return (_text(units),)
    breaks = ((units[:n], units[n:]) for n in range(1, len(units)))
    wider, best = min(((max(map(_width, two)), two) for two in breaks), key=lambda pair: pair[0])
    return tuple(map(_text, best)) if wider <= COLUMNS else ()


def _units(word: str) -> Iterator[_Unit]:
    """A word as what is not broken; a line between two of them has nothing there."""
    graphemes = _GRAPHEME.findall(word)
    glue, held = " ", graphemes[:1]
    for one, other in zip(graphemes, graphemes[1:], strict=False):
        full = sum(map(_grapheme_columns, held)) + _grapheme_columns(other) > COLUMNS
        if full or _may_part(one, other):
            yield _unit(held, glue)
            glue, held = "", []
        held.append(other)
    yield _unit(held, glue)


def _may_part(one: str, other: str) -> bool:
    anywhere = _ANYWHERE.match(one) or _ANYWHERE.match(other)
    return bool(anywhere) and not _CLOSING.match(other) and not _OPENING.match(one)


def _unit(graphemes: Sequence[str], glue: str) -> _Unit:
    return _Unit("".join(graphemes), sum(map(_grapheme_columns, graphemes)), glue)


def _grapheme_columns(grapheme: str) -> int:
    return 2 if east_asian_width(grapheme[0]) in "WF" else 1


def _columns(units: Sequence[_Unit]) -> int:
    return sum(unit.columns for unit in units)


def _width(units: Sequence[_Unit]) -> int:
    """Columns of a line of units."""
    return _columns(units) + sum(len(unit.glue) for unit in units[1:])


def _text(units: Sequence[_Unit]) -> str:
    return units[0].text + "".join(unit.glue + unit.text for unit in units[1:])
