"""What no manifest may be, and how its line is named."""

import json
from pathlib import Path
from typing import Any

import pytest
from manifests import read, refusal, row

from plion.data.manifest import read_manifest, read_manifests
from plion.errors import InputError


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gone.jsonl cannot be read"):
        read_manifest(tmp_path / "gone.jsonl")


@pytest.mark.parametrize("line", ["{", "", "hello", b"\xff\xfe\xfa", "[" * 100_000])
def test_a_line_that_is_not_json_is_named_by_file_and_line(
    tmp_path: Path, line: str | bytes
) -> None:
    message = refusal(tmp_path, json.dumps(row()), line, json.dumps(row(id="b")))
    assert f"{tmp_path}/train.jsonl:2: not JSON" in message


@pytest.mark.parametrize("field", ["id", "audio", "text", "language", "dataset", "duration"])
def test_a_lacking_field_is_named_by_file_and_line(tmp_path: Path, field: str) -> None:
    line = {key: value for key, value in row().items() if key != field}
    assert f"train.jsonl:1: the field '{field}' is missing" in refusal(tmp_path, json.dumps(line))


def test_a_manifest_of_the_official_recipe_is_told_where_one_is_made_of_it(tmp_path: Path) -> None:
    told = refusal(tmp_path, json.dumps({"audio": "a.wav", "text": "language Malay<asr_text>satu"}))
    assert "train.jsonl:1: the field 'id' is missing; `plion data prepare KEY FOLDER` makes" in told


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"id": 7}, "id must be text, not 7"),
        ({"text": None}, "text must be text, not None"),
        ({"speaker": 7}, "speaker must be text, not 7"),
        ({"duration": "1.5"}, "duration must be a number of seconds, not '1.5'"),
        ({"duration": True}, "duration must be a number of seconds"),
        ({"duration": -1}, "duration must be a number of seconds"),
        ({"duration": float("nan")}, "duration must be a number of seconds"),
        ({"duration": 0}, "duration must be above 0"),
        ({"offset": -0.5}, "offset must be a number of seconds"),
        ({"language": "msa"}, "unknown language 'msa' (did you mean 'ms'?)"),
    ],
)
def test_a_bad_value_is_named_by_file_and_line(
    tmp_path: Path, fields: dict[str, Any], message: str
) -> None:
    assert f"train.jsonl:1: {message}" in refusal(tmp_path, json.dumps(row(**fields)))


def test_a_line_that_is_no_object_is_refused(tmp_path: Path) -> None:
    assert "train.jsonl:1: not a JSON object" in refusal(tmp_path, "[1]")


def test_an_id_seen_before_is_named_with_both_lines(tmp_path: Path) -> None:
    line = json.dumps(row())
    assert "train.jsonl:2: id 'a' is already in line 1" in refusal(tmp_path, line, line)


def test_of_many_ids_the_first_seen_before_is_named(tmp_path: Path) -> None:
    lines = [json.dumps(row(id=f"{n % 70}")) for n in range(100)]
    assert "train.jsonl:71: id '0' is already in line 1" in refusal(tmp_path, *lines)


def test_a_manifest_without_utterances_is_named(tmp_path: Path) -> None:
    path = read(tmp_path).path
    with pytest.raises(InputError, match="train.jsonl has no utterance"):
        read_manifests([path])
