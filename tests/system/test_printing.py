"""Standard output that takes any text."""

import io
import json
import sys
from typing import Any

import pytest

from plion.system.printing import any_text

TEXT = "caf\xe9 \u4e00 \U0001f600 \udce9"


def written(encoding: str, monkeypatch: pytest.MonkeyPatch) -> tuple[bytes, str]:
    """What is written of TEXT, and what is said about it."""
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, encoding=encoding))
    escapes = any_text()
    print(json.dumps(TEXT, ensure_ascii=False), end="", flush=True)
    return raw.getvalue(), escapes.note()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "gb18030", "utf-8"])
def test_escapes_are_those_of_json(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bytes, _ = written(encoding, monkeypatch)
    assert json.loads(bytes.decode(encoding)) == TEXT


@pytest.mark.parametrize(
    ("encoding", "told"), [("ascii", "ascii"), ("latin-1", "iso8859-1"), ("utf-8", "")]
)
def test_escapes_are_told_where_another_encoding_needs_none(
    encoding: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, note = written(encoding, monkeypatch)
    assert note.partition(" cannot encode")[0] == told


def test_output_that_has_every_character_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    escapes = any_text()
    print("plain", flush=True)
    assert not escapes.note()


@pytest.mark.parametrize("stream", [None, io.StringIO()])
def test_output_that_is_closed_or_no_file_takes_text_too(
    stream: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", stream)
    any_text()
    print("text", flush=True)
