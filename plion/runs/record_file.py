"""Reads and writes run.json, checked against `RunRecord` both ways."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, is_dataclass
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

import orjson

from plion.errors import InputError
from plion.runs.record import VERSION, RunRecord
from plion.system.documents import read_json, sentence
from plion.system.files import atomic_write, read_small
from plion.system.kinds import made, misfit

_REMEDY = "move the folder away"
_UNSTATED = 1  # the version of a record that names none
_MARKS = ("name", "hash", "status")  # one of which every record has


def read_record(path: Path) -> RunRecord:
    """Reads a run.json; returns a blank record if there is no file.

    A file of version 1 has the fields of that time under the same names. Unknown fields, of a later
    version, are ignored. Raises InputError for a file that is damaged, is not the record of a run,
    or comes from a later version in which a field means something else.
    """
    content = _content(path)
    return made(RunRecord, {"version": _UNSTATED, **content}) if content else RunRecord()


class Marks(NamedTuple):
    """Which run a folder has, and how it stands; None of a folder without a run."""

    hash: str | None
    status: str | None


def read_marks(path: Path) -> Marks:
    """The hash and status in a run.json, in a hundredth of the time of `read_record`.

    A study asks for those of thousands of runs. Raises InputError as `read_record` for a file that
    is damaged, but does not look at other fields, nor parse them where `write_record` wrote both.
    """
    try:
        raw = read_small(path)
        if whole(raw) and all(marks := Marks(*(_written(raw, name) for name in Marks._fields))):
            return marks
        content = orjson.loads(raw)
        if any(marks := Marks(*(_text(content, name) for name in Marks._fields))):
            return marks
    except FileNotFoundError:
        return Marks(None, None)
    except (OSError, ValueError):
        pass  # told with the reason below
    record = read_record(path)
    return Marks(record.hash, record.status)


def whole(raw: bytes) -> bool:
    """Whether a file begins and ends as an object that was written with an indent of 2.

    A power failure leaves files empty, cut off or filled with zeros.
    """
    return raw.startswith(b"{\n") and raw.endswith((b"\n}", b"\n}\n")) and b"\0" not in raw


def _written(raw: bytes, name: str) -> str | None:
    """A field as `write_record` writes it; None if it is not there, or is not plain ASCII.

    Lines of such a file that begin with two spaces and a quote are fields of the record itself, for
    a text has no line ends in JSON.
    """
    key = b'\n  "%b": "' % name.encode()
    if (at := raw.find(key)) < 0:
        return None
    start = at + len(key)
    value = raw[start : raw.find(b'"', start)]
    return value.decode() if value.isalnum() else None


def _text(content: Any, name: str) -> str | None:
    """A field of the record; ValueError if it can be none."""
    value = content.get(name) if isinstance(content, dict) else MISSING
    if value is None or isinstance(value, str):
        return value
    raise ValueError(name)


def write_record(path: Path, **changes: Any) -> None:
    """Set fields of a run.json and keep all others, unknown ones included.

    Raises TypeError for a field that `RunRecord` does not have or a value of another type;
    InputError as `read_record`.
    """
    plain = {name: _plain(value) for name, value in changes.items()}
    _check_changes(plain)
    content = {**(_content(path) or {"version": VERSION}), **plain}
    atomic_write(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _content(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    content: dict[str, Any] = read_json(path, dict, _REMEDY)
    if wrong := misfit(content, RunRecord):
        raise InputError(_misread(path, content.get("version"), wrong))
    if not content.keys() & set(_MARKS):
        raise InputError(
            f"{path} is not the record of a run (no name, hash or status); move the folder away"
        )
    return content


def _misread(path: Path, version: Any, wrong: str) -> str:
    """The reason why a record is invalid: a later version of plion wrote it, or it is damaged."""
    if isinstance(version, int) and version > VERSION:
        return (
            f"{path} was written by a later plion, in version {version} (this one reads up to "
            f"{VERSION}): {wrong}; install that plion"
        )
    return sentence(f"{path} is damaged", wrong, _REMEDY)


def _check_changes(changes: Mapping[str, Any]) -> None:
    kinds = get_type_hints(RunRecord)
    for name, value in changes.items():
        if name not in kinds:
            raise TypeError(f"RunRecord has no field '{name}'")
        if wrong := misfit(value, kinds[name], name):
            raise TypeError(f"run.json: {wrong}")


def _plain(value: Any) -> Any:
    """A value as JSON data: dataclasses become mappings, at any depth."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
