"""One line of a manifest: its required and optional fields, parsed and checked."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from plion.errors import InputError
from plion.system.documents import parse_json, usable
from plion.text.languages import Languages
from plion.text.tags import key_of, untagged

REQUIRED = ("id", "audio", "text", "language", "dataset", "duration")
OPTIONAL = ("offset", "speaker", "block", "sentence", "text_alt")
_KNOWN = (*REQUIRED, *OPTIONAL)
_MADE = "`plion data prepare KEY FOLDER` makes manifests of those of the official recipe"
_NUMBERS = ("duration", "offset")
_ABSENT: Mapping[str, Any] = {"offset": 0.0, **dict.fromkeys(OPTIONAL[1:])}


@dataclass(frozen=True)
class Utterance:
    """One line of a manifest; `audio` is an absolute path, `duration` and `offset` are seconds.

    `tag`: the language named by a tag of the official recipe, which is removed from `text`; None
    without a tag.
    """

    id: str
    audio: str
    text: str
    language: str
    dataset: str
    duration: float
    offset: float = 0.0
    speaker: str | None = None
    block: str | None = None
    sentence: str | None = None
    text_alt: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    tag: str | None = None


def fields(line: bytes, languages: Languages) -> dict[str, Any]:
    """The arguments of an `Utterance` from a line, with `audio` as written in it.

    Removes a language tag of the official recipe from `text`; it gives the language if no field
    does. Raises InputError for text that is not JSON, a field that is missing or of the wrong type,
    a language that is none of `languages`, and a language that the tag contradicts.
    """
    row = _parsed(line)
    tag = _untag(row, languages)
    for name in REQUIRED:
        if name not in row:
            made = f"; {_MADE}" if tag is not None and "audio" in row else ""
            raise InputError(f"the field '{name}' is missing{made}")
    known = dict(_ABSENT)
    for name in _KNOWN:
        value = row.pop(name, None)
        if value is not None or name in REQUIRED:
            known[name] = _number(name, value) if name in _NUMBERS else _text(name, value)
    if known["duration"] == 0:
        raise InputError("duration must be above 0 seconds")
    languages.row(known["language"])
    known["extra"], known["tag"] = row, tag
    return known


def _untag(row: dict[str, Any], languages: Languages) -> str | None:
    """Remove the official recipe's tag from a row's text, and return the name in it."""
    if not isinstance(row.get("text"), str):
        return None
    tag, row["text"] = untagged(row["text"])
    if tag is not None:
        given = row.get("language")
        said = None if given is None else _text("language", given)
        row["language"] = key_of(tag, said, languages)
    return tag


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:  # the slower parser accepts NaN, and has clearer errors
        row = parse_json(line.rstrip(b"\r\n"), "")
    if not isinstance(row, dict):
        raise InputError("not a JSON object")
    if b"\\u0000" in line:
        usable(row, "")
    return row


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InputError(f"{name} must be text, not {value!r}")
    return value


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise InputError(f"{name} must be a number of seconds, not {value!r}")
    return float(value)
