import json

import pytest

from plion.errors import InputError
from plion.scoring.predictions import Prediction, read_predictions, read_rows, write_predictions

ROW = {"id": "b", "reference": "one", "hypothesis": "raw", "text": "won"}


def written(folder, *rows):
    path = folder / "nsc.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_rows_are_in_the_order_of_the_file(tmp_path):
    rows = read_predictions(written(tmp_path, ROW, {**ROW, "id": "a"}))
    assert [row.id for row in rows] == ["b", "a"]


def test_what_was_written_is_read(tmp_path):
    rows = (Prediction("a", "one", "raw", "w\u2028on", "English", 1.5, "s"), Prediction(**ROW))
    write_predictions(tmp_path / "predictions" / "nsc.jsonl", rows)
    assert read_predictions(tmp_path / "predictions" / "nsc.jsonl") == rows


def test_what_is_known_of_an_utterance_is_kept(tmp_path):
    known = {"language": "English", "duration": 1.5, "speaker": "s", "block": "s", "sentence": "7"}
    assert read_predictions(written(tmp_path, {**ROW, **known})) == (
        Prediction("b", "one", "raw", "won", "English", 1.5, "s", "s", "7"),
    )


def test_what_is_not_known_is_none(tmp_path):
    assert read_predictions(written(tmp_path, ROW)) == (Prediction("b", "one", "raw", "won"),)


def test_blank_lines_at_the_end_are_no_rows(tmp_path):
    path = written(tmp_path, ROW)
    path.write_text(path.read_text() + "\n\r\n")
    assert len(read_predictions(path)) == 1


def test_line_separator_in_a_transcript_is_no_new_line(tmp_path):
    path = tmp_path / "nsc.jsonl"
    path.write_text(json.dumps({**ROW, "text": "a\u2028b"}, ensure_ascii=False), "utf-8")
    assert read_predictions(path)[0].text == "a\u2028b"


@pytest.mark.parametrize("line", ["{", "[]", '"text"', '{"id": "a", "text": ""}'])
def test_damaged_line_is_named(tmp_path, line):
    path = written(tmp_path, ROW)
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(InputError, match=r"nsc\.jsonl:2 is damaged"):
        read_predictions(path)


@pytest.mark.parametrize(
    ("field", "value"),
    [("id", 5), ("reference", None), ("text", ["a"]), ("duration", "x"), ("duration", True),
     ("speaker", 7)],
)  # fmt: skip
def test_field_of_another_kind_is_named(tmp_path, field, value):
    with pytest.raises(InputError, match=rf"nsc\.jsonl:1 is damaged.*'{field}' must be"):
        read_predictions(written(tmp_path, {**ROW, field: value}))


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = written(tmp_path, ROW)
    path.write_bytes(path.read_bytes() + b"\xff\n")
    with pytest.raises(InputError, match=r"nsc\.jsonl:2 is damaged: not JSON \(not UTF-8"):
        read_predictions(path)


def test_folder_in_the_place_of_the_file_is_refused(tmp_path):
    (tmp_path / "nsc.jsonl").mkdir()
    with pytest.raises(InputError, match=r"nsc\.jsonl cannot be read"):
        read_predictions(tmp_path / "nsc.jsonl")


def test_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="evaluate the run again"):
        read_predictions(tmp_path / "nsc.jsonl")


KNOWN = {"language": "English", "duration": 1.5, "speaker": "s", "block": "s", "sentence": "7"}
FULL = {**ROW, **KNOWN}
FIRST = [FULL, {**FULL, "id": "a", "reference": "two", "speaker": "t"}]
FORGED = 'x", "text": "y", "language": null},{"hypothesis": "z'


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "other", "hypothesis": "English other"},
        {"text": '"}, {"hypothesis": "}', "hypothesis": FORGED},
        {"language": None},
        {"text": "\u0bb5\u0bc0\u0b9f\u0bc1"},
        {"speaker": "u"},
        {"id": "c"},
        {"duration": 2.5},
        {"sentence": None},
    ],
)
def test_files_of_the_same_utterances_are_read_as_each_alone(tmp_path, changes):
    folders = [tmp_path / name for name in "123"]
    files = [FIRST, [{**FIRST[0], **changes}, FIRST[1]], [*FIRST, {**FULL, "id": "d", **changes}]]
    for folder, rows in zip(folders, files, strict=True):
        write_predictions(folder / "one.jsonl", [Prediction(**row) for row in rows])
    for folder in (*folders, *folders):
        path = folder / "one.jsonl"
        assert list(read_rows(path)) == sorted(read_predictions(path), key=lambda row: row.id)


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ('"text": "won"', '"text": 7'),
        ('"text": "won", ', ""),
        ('"text": "won"', '"text": "won", "text": "two"'),
        ('"hypothesis": "raw"', '"hypothesis": raw'),
        ('"hypothesis": "raw"', f'"hypothesis": "{FORGED}"'),
    ],
)
def test_damage_is_found_in_a_file_of_the_same_utterances(tmp_path, written, instead):
    rows = [Prediction(**row) for row in FIRST]
    for name in "12":
        write_predictions(tmp_path / name / "two.jsonl", rows)
        assert list(read_rows(tmp_path / name / "two.jsonl")) == rows[::-1]
    path = tmp_path / "2" / "two.jsonl"
    path.write_text(path.read_text().replace(written, instead, 1))
    with pytest.raises(InputError, match=r"two\.jsonl:1 is damaged"):
        read_rows(path)
