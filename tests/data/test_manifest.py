"""Manifests: what is read, what is kept, and how a bad line is told."""

import json
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from manifests import read, refusal, row

from plion.data.manifest import read_manifest, read_manifests, write_manifest
from plion.errors import InputError


def test_an_utterance_has_the_fields_of_its_line(tmp_path: Path) -> None:
    utterance = read(tmp_path, row(speaker="s1", block="s1", offset=2, text_alt="halo dunia"))[0]
    assert (utterance.id, utterance.text, utterance.language) == ("a", "Halo, dunia.", "ms")
    assert (utterance.duration, utterance.offset) == (1.5, 2.0)
    assert (utterance.speaker, utterance.block, utterance.sentence) == ("s1", "s1", None)
    assert utterance.text_alt == "halo dunia"


def test_an_audio_path_is_relative_to_the_manifest_or_absolute(tmp_path: Path) -> None:
    manifest = read(tmp_path, row(), row(id="b", audio="../b.wav"), row(id="c", audio="/c.wav"))
    assert [utterance.audio for utterance in manifest] == [
        str(tmp_path / "audio/a.wav"),
        str(tmp_path.parent / "b.wav"),
        "/c.wav",
    ]


def test_fields_of_other_names_are_kept(tmp_path: Path) -> None:
    assert read(tmp_path, row(accent="north", age=7))[0].extra == {"accent": "north", "age": 7}


def test_the_order_of_the_file_is_kept(tmp_path: Path) -> None:
    manifest = read(tmp_path, row(id="b", duration=1800), row(id="a", duration=1800))
    assert [utterance.id for utterance in manifest] == ["b", "a"]
    assert manifest.durations.tolist() == [1800.0, 1800.0]
    assert (len(manifest), manifest.hours) == (2, 1.0)


def test_every_row_is_found_by_its_number(tmp_path: Path) -> None:
    manifest = read(tmp_path, *(row(id=f"{n}") for n in range(100)))
    assert [manifest[n].id for n in range(100)] == [f"{n}" for n in range(100)]
    assert manifest[-1].id == "99"
    with pytest.raises(IndexError):
        manifest[100]


def test_the_last_line_may_lack_its_end_and_lines_may_end_as_in_windows(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    path.write_bytes(b"\r\n".join(json.dumps(row(id=name)).encode() for name in "abc"))
    assert [utterance.id for utterance in read_manifest(path)] == ["a", "b", "c"]


def test_blank_lines_at_the_end_are_no_utterances(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    lines = [json.dumps(row(id=f"{number}")) for number in range(40)]
    for end in ("\n\n", "\n\r\n \n", "\n\n\n"):
        path.write_text("\n".join(lines) + end)
        manifest = read_manifest(path)
        assert [one.id for one in manifest] == [f"{number}" for number in range(40)]
        assert (len(manifest), manifest[-1].id, len(manifest.durations)) == (40, "39", 40)


TAGGED = "language Malay<asr_text>Halo, dunia."


def test_the_official_recipes_tag_is_taken_off_and_is_the_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    silent = row(id="b", text="language None<asr_text>")
    tagged = {key: value for key, value in row(text=TAGGED).items() if key != "language"}
    manifest = read(tmp_path, tagged, silent, row(id="c"), row(id="d", text=TAGGED))
    assert [(one.text, one.language, one.tag) for one in manifest] == [
        ("Halo, dunia.", "ms", "Malay"),
        ("", "ms", "None"),
        ("Halo, dunia.", "ms", None),
        ("Halo, dunia.", "ms", "Malay"),
    ]
    assert manifest.kinds == {("mesolitica", "ms"): 0}
    read_manifest(manifest.path)
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1 and "train.jsonl: 3 texts open with the official recipe's tag" in told[0]


@pytest.mark.parametrize(
    ("text", "language", "message"),
    [
        ("language Tamil<asr_text>a", "ms", "says language 'ms', but the tag in its text 'Tamil'"),
        ("language Dutch<asr_text>a", "ms", "says language 'ms', but the tag in its text 'Dutch'"),
        ("language Malai<asr_text>a", None, "unknown language 'Malai' (did you mean 'Malay'?)"),
        ("language None<asr_text>a", None, "'language' is missing, and the text's tag names none"),
    ],
)
def test_a_tag_that_tells_no_language_or_another_is_named_by_file_and_line(
    tmp_path: Path, text: str, language: str | None, message: str
) -> None:
    line = {key: value for key, value in row(text=text, language=language).items() if value}
    assert "train.jsonl:1: " in (told := refusal(tmp_path, json.dumps(line))) and message in told


def test_a_column_is_one_field_of_every_row(tmp_path: Path) -> None:
    manifest = read(tmp_path, row(speaker="s1"), row(id="b"))
    assert list(manifest.column("speaker")) == ["s1", None]
    assert list(manifest.column("audio")) == [str(tmp_path / "audio/a.wav")] * 2


def test_the_first_row_of_every_dataset_and_language_is_known(tmp_path: Path) -> None:
    manifest = read(tmp_path, row(), row(id="b"), row(id="c", language="en"), row(id="d"))
    assert manifest.kinds == {("mesolitica", "ms"): 0, ("mesolitica", "en"): 2}


def test_a_copy_for_another_process_is_small_and_has_the_same_rows(tmp_path: Path) -> None:
    manifest = read(tmp_path, *(row(id=f"{n}", duration=1 + n) for n in range(10_000)))
    pickled = pickle.dumps(manifest)
    copy = pickle.loads(pickled)
    assert len(pickled) < 10_000
    assert list(copy) == list(manifest)
    assert (copy.durations == manifest.durations).all()


def longer(path: Path) -> None:
    path.write_text(path.read_text() + json.dumps(row(id="c")))


def rewritten(path: Path) -> None:
    path.write_text(path.read_text().replace("Halo", "Hola"))


def replaced(path: Path) -> None:
    write_manifest(path, [row(text="Hola, dunia."), row(id="b")])


@pytest.mark.parametrize("change", [longer, rewritten, replaced])
@pytest.mark.parametrize("copied", [False, True])
def test_a_manifest_that_changes_while_in_use_is_refused(
    tmp_path: Path, change: Callable[[Path], None], copied: bool
) -> None:
    manifest = read(tmp_path, row(), row(id="b"))
    if copied:
        manifest = pickle.loads(pickle.dumps(manifest))
    time.sleep(0.02)  # a file system's clock may tick as slowly
    change(manifest.path)
    for use in (list, lambda rows: rows[1]):
        with pytest.raises(InputError, match="train.jsonl has changed while it was in use"):
            use(manifest)


def test_a_manifest_that_goes_while_in_use_is_named(tmp_path: Path) -> None:
    manifest = read(tmp_path, row())
    manifest.path.unlink()
    with pytest.raises(InputError, match="train.jsonl cannot be read: No such file"):
        manifest[0]


def test_a_manifest_outlives_a_change_of_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(tmp_path, row())
    monkeypatch.chdir(tmp_path)
    manifest = read_manifest("train.jsonl")
    monkeypatch.chdir(tmp_path.parent)
    assert manifest[0].audio == str(tmp_path / "audio/a.wav")


def test_scripts_are_written_as_themselves(tmp_path: Path) -> None:
    write_manifest(tmp_path / "new" / "m.jsonl", [row(text="வணக்கம் 你好")])
    assert "வணக்கம் 你好" in (tmp_path / "new" / "m.jsonl").read_text(encoding="utf-8")


def test_a_null_optional_field_is_an_absent_one(tmp_path: Path) -> None:
    utterance = read(tmp_path, row(speaker=None, offset=None))[0]
    assert (utterance.speaker, utterance.offset, utterance.extra) == (None, 0.0, {})


def test_the_hash_is_that_of_the_content(tmp_path: Path) -> None:
    first = read(tmp_path, row()).sha256
    assert read(tmp_path, row()).sha256 == first
    assert read(tmp_path, row(text="lain")).sha256 != first


def test_a_failed_write_leaves_the_earlier_manifest(tmp_path: Path) -> None:
    def rows() -> Any:
        yield row(id="new")
        raise ZeroDivisionError

    read(tmp_path, row(id="old"))
    with pytest.raises(ZeroDivisionError):
        write_manifest(tmp_path / "train.jsonl", rows())
    assert [path.name for path in tmp_path.iterdir()] == ["train.jsonl"]
    assert read_manifest(tmp_path / "train.jsonl")[0].id == "old"


def test_different_ids_of_one_hash_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plion.data.manifest.hash", lambda _: 7, raising=False)
    assert len(read(tmp_path, *(row(id=name) for name in "abc"))) == 3
    lines = [json.dumps(row(id=name)) for name in "abcb"]
    assert "train.jsonl:4: id 'b' is already in line 2" in refusal(tmp_path, *lines)


@pytest.mark.parametrize("copied", [False, True])
def test_a_manifest_that_is_written_anew_with_the_same_content_goes_on(
    tmp_path: Path, copied: bool
) -> None:
    manifest = read(tmp_path, row(), row(id="b"))
    before = list(manifest)
    if copied:
        manifest = pickle.loads(pickle.dumps(manifest))
    time.sleep(0.02)
    write_manifest(manifest.path, [row(), row(id="b")])
    assert list(manifest) == before
    assert manifest[1] == before[1]


def test_a_manifest_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    path = read(tmp_path, row()).path
    assert [one.path for one in read_manifests([path, path.parent / "." / path.name])] == [path]
