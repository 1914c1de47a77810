"""Metrics: what each counts, and its names. A metric is one row here, with its function.

A new one can then be named in suites, rows of languages and on the command line, and is printed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import regex

from plion.errors import InputError, suggest
from plion.text.evalkit import SPACE
from plion.text.scripts import mixed

_CLUSTER = regex.compile(r"\X")


@dataclass(frozen=True)
class Measure:
    """A metric as it counts and as it is printed.

    title: the rate's name. by: the header of its column beside another metric. unit: what is
    counted. tokens: the units of a normalised text, never spaces; a text is one of its characters.
    """

    title: str
    by: str
    unit: str
    tokens: Callable[[str], Sequence[str]]


def _words(text: str) -> list[str]:
    return text.replace(SPACE, " ").split()


def _characters(text: str) -> str:
    """Code points."""
    return "".join(text.split())


def _graphemes(text: str) -> list[str]:
    """Grapheme clusters (Unicode UAX 29): a consonant with its vowel sign is one."""
    found: list[str] = _CLUSTER.findall("".join(text.split()))
    return found


def _mixed(text: str) -> list[str]:
    """Han characters, and words of anything else. (jiwer's `mer` is the match error rate.)"""
    return [part for word in _words(text) for part in mixed(word)]


METRICS: dict[str, Measure] = {
    "wer": Measure("WER", "by word", "word", _words),
    "cer": Measure("CER", "by character", "character", _characters),
    "gcer": Measure("CER by grapheme cluster", "by grapheme", "grapheme cluster", _graphemes),
    "mer": Measure("MER", "mixed", "Han character and other word", _mixed),
}

if TYPE_CHECKING:
    Metric = str
else:
    Metric = Literal[tuple(METRICS)]
"""The key of a metric, as files are checked for it."""


def check_metric(key: str) -> None:
    """Raises InputError, suggesting the nearest key, for a metric that is not known."""
    if key not in METRICS:
        raise InputError(f"unknown metric '{key}' {suggest(key, METRICS)}")
