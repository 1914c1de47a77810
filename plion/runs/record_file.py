"""run.json read and written: checked as a `RunRecord` either way."""

import json
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

from plion.errors import InputError
from plion.runs.record import VERSION, RunRecord
from plion.system.documents import read_json, sentence
from plion.system.files import atomic_write
from plion.system.kinds import made, misfit

_REMEDY = "move the folder away"
_UNSTATED = 1  # the version of a record that names none
_MARKS = ("name", "hash", "status")  # one of which every record has


def read_record(path: Path) -> RunRecord:
    """The record in a run.json; a blank one where there is no file.

    One of version 1 has the fields that plion wrote then, under the same names. Fields that are not
    known, of a later version, are let be. Raises InputError for a file that is damaged, is not the
    record of a run, or is of a later version that has another meaning for a field.
    """
    content = _content(path)
    return made(RunRecord, {"version": _UNSTATED, **content}) if content else RunRecord()


def write_record(path: Path, **changes: Any) -> None:
    """Set fields of a run.json and keep all others, those that are not known here too.

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
    """Why a record does not fit: it is of a later plion, or damaged."""
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
    """A value as JSON has it: of dataclasses, at any depth, their fields."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
