"""Subtitle cues of readable size: at most two lines of 42 columns, at most 7 seconds.

The model gives no word times, so a segment's time is divided among its cues in proportion to their
columns of text: exact for an even pace, otherwise off by some tenths of a second.

Text is broken between words; in scripts without spaces also between characters, but not before a
closing or after an opening mark; a word longer than a line between graphemes. A grapheme (such as
a letter with its vowel sign) takes one column, a wide one (such as a Han character) two.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil
from unicodedata import east_asian_width

import regex

from plion.text.scripts import BREAKABLE

LINES, COLUMNS, LONGEST = 2, 42, 7.0  # lines per cue, columns per line, seconds per cue

_GRAPHEME = regex.compile(r"\X")
_CLOSING = regex.compile(r"[\p{Pe}\p{Pf}、。，．：；？！・ーっゃゅょッャュョ々〜…]|[.,:;?!%]")
_OPENING = regex.compile(r"[\p{Ps}\p{Pi}]")


@dataclass(frozen=True)
class Cue:
    """Lines of text shown from `start` to `end`, in seconds."""

    start: float
    end: float
    lines: tuple[str, ...]


@dataclass(frozen=True)
class _Unit:
    """Unbreakable text, its columns, and what separates it from the text before on a line."""

    text: str
    columns: int
    glue: str


def cues(text: str, start: float, end: float) -> Iterator[Cue]:
    """The cues of the text spoken from `start` to `end` (seconds); none for an empty text.

    A single word that would be shown longer than 7 seconds is removed after 7.
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
    """Groups units into as few cues as possible, with about equal amounts of text."""
    total = _columns(units)
    fewest = max(1, ceil(seconds / LONGEST), ceil(total / (LINES * COLUMNS)))
    for count in range(fewest, 2 * total + 1):
        groups = _divided(units, count)
        longest = max((_columns(group) for group in groups if len(group) > 1), default=0)
        if seconds * longest <= LONGEST * total and all(map(_lines, groups)):
            return groups
    return [[unit] for unit in units]


def _divided(units: Sequence[_Unit], count: int) -> list[list[_Unit]]:
    """Divides units into at most `count` groups, by the position of their middle in the text."""
    total, before, places = _columns(units), 0, []
    for unit in units:
        places.append(int((before + unit.columns / 2) * count / total))
        before += unit.columns
    numbered = groupby(zip(places, units, strict=True), key=lambda pair: pair[0])
    return [[unit for _, unit in group] for _, group in numbered]


def _lines(units: Sequence[_Unit]) -> tuple[str, ...]:
    """One line, or two lines of about equal width; empty if the units do not fit."""
    if _width(units) <= COLUMNS:
        return (_text(units),)
    breaks = ((units[:n], units[n:]) for n in range(1, len(units)))
    wider, best = min(((max(map(_width, two)), two) for two in breaks), key=lambda pair: pair[0])
    return tuple(map(_text, best)) if wider <= COLUMNS else ()


def _units(word: str) -> Iterator[_Unit]:
    """Splits a word into unbreakable units, with nothing between them."""
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
    anywhere = BREAKABLE.match(one) or BREAKABLE.match(other)
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
