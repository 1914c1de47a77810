"""JSON, JSON lines and YAML of any origin: what is read, and in which words the rest is refused."""

import os
import threading
from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from plion.data.manifest import read_manifest
from plion.errors import InputError
from plion.system.documents import lines, parse_json, read_json, read_text
from plion.system.yamls import read_yaml

NOTHING: dict[str, Any] = {}
DEEP = "nested|within each other more than 100 deep"
JSON = [
    (b"{", r"not JSON \(Expecting"),
    (b"", r"not JSON \(Expecting value"),
    (b'{"a": "\xff"}', r"not JSON \(not UTF-8 at byte 7"),
    ('{"a": 1}'.encode("utf-16"), r"not JSON \(not UTF-8 at byte 0"),
    (b'{"a": 1, "a": 2}', "'a' is given twice"),
    (b'{"a": ' + b"9" * 400 + b"}", "a number of more than 308 digits"),
    (b'{"a": "\\u0000"}', "NUL"),
    (b'{"a": "\\uD800"}', "a lone surrogate"),
    (b'{"a": ' + b"[" * 150 + b"]" * 150 + b"}", DEEP),
    (b'{"a": ' + b"[" * 90_000 + b"]" * 90_000 + b"}", DEEP),
    (b'{"a": ' + b"[" * 100 + b'"\\u0041"' + b"]" * 100 + b"}", DEEP),
    (b'{"a": ' + b"[" * 100 + b"]" * 100 + b"}", DEEP),
    (b"[]", "not a JSON object"),
]
YAML = [
    ("a: [1", "expected"),
    ("5", "Invalid loaded object type"),
    ("a: " + "9" * 400, "a number of more than 308 digits"),
    ("a: " + "9" * 5000, "4300 digits"),
    ('a: "\\0"', "NUL"),
    ("a: !!timestamp x", "NoneType"),
    ("a: !!bool x", "x"),
    ("a: !!set {x}", "not a supported primitive type"),
    ("a: " + "[" * 150 + "]" * 150, DEEP),
    ("- " * 90_000 + "x", DEEP),
    ("--- a\n--- b", "single document"),
    ("a: 1\nb:\n  - null: 1", "line 3: a key is null; in quotes it is text$"),
]


@pytest.mark.parametrize(("content", "words"), JSON)
def test_json_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"a\.json: .*({words})") as error:
        read_json(path)
    assert "\n" not in str(error.value) and len(str(error.value)) < 500


@pytest.mark.parametrize(("text", "words"), YAML)
def test_yaml_that_cannot_be_used_is_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=rf"a\.yaml cannot be read as YAML: .*({words})") as error:
        read_yaml(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'{"a": "\\ud83d\\ude00 \\\\u0000"}', {"a": "\N{GRINNING FACE} \\u0000"}),
        (b'{"a": 1000000000000000019884624838656}', {"a": 1000000000000000019884624838656}),
        (b'{"a": [' + b"{}, " * 200 + b"{}]}", {"a": [{}] * 201}),
        (
            b"{" + b'"a": {' * 99 + b"}" * 100,
            reduce(lambda inner, _: {"a": inner}, range(99), NOTHING),
        ),
    ],
)
def test_what_is_unusual_and_whole_is_read(content: bytes, value: Any) -> None:
    assert parse_json(content, "a") == value


def test_yaml_is_read_as_settings_are(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbflr: 1e-3\nday: 2001-01-01\nnothing:\n")
    assert read_yaml(path) == {"lr": 0.001, "day": "2001-01-01", "nothing": None}
    path.write_bytes(b"\xff")
    with pytest.raises(InputError, match="not UTF-8 at byte 0"):
        read_yaml(path)


def test_the_remedy_ends_the_sentence(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text("[]")
    with pytest.raises(InputError, match="run.json is damaged: not a JSON object; remove it$"):
        read_json(path, remedy="remove it")


def test_what_cannot_be_opened_is_named_with_the_reason(tmp_path: Path) -> None:
    for reader in (read_json, read_text, lambda path: list(lines(path))):
        with pytest.raises(InputError, match=f"{tmp_path} cannot be read: Is a directory"):
            reader(tmp_path)
    for reader in (read_text, read_yaml):
        with pytest.raises(InputError, match="gone: no such file"):
            reader(tmp_path / "gone")


@pytest.mark.parametrize(
    "read", [read_json, read_text, read_yaml, lambda path: [*lines(path)], read_manifest]
)
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/full", "/dev/urandom"])
def test_device_without_end_is_refused(read: Callable[[Path], Any], device: str) -> None:
    with pytest.raises(InputError, match=f"{device} is a device; name a file, or /dev/stdin"):
        read(Path(device))


def test_pipes_and_the_empty_device_are_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writing = threading.Thread(target=pipe.write_bytes, args=[b"a\nb\n"])
    writing.start()
    assert [*lines(pipe)] == [b"a", b"b"]
    writing.join()
    assert read_text(Path("/dev/null")) == "" and [*lines(Path("/dev/null"))] == []


def test_lines_end_at_line_feeds_alone(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("a\u2028b\r\nc\n\nd".encode())
    assert list(lines(tmp_path / "a")) == ["a\u2028b".encode(), b"c", b"", b"d"]
