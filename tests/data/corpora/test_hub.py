"""Datasets of the hub: a metadata.jsonl in each folder of recordings."""

import json
from pathlib import Path
from typing import Any

import pytest
from layouts import broken_row, entries, lay, refusal

from plion.data.corpora.catalogue import CORPORA
from plion.data.corpora.corpus import Entry
from plion.data.corpora.hub import MESOLITICA, serving, with_text
from plion.errors import InputError


def shard(folder: str, *rows: dict[str, Any]) -> dict[str, str]:
    """A shard as it is unpacked: numbered recordings, and the other columns beside."""
    named = [{"file_name": f"{number:06d}.flac", **row} for number, row in enumerate(rows)]
    metadata = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in named)
    return {f"{folder}/metadata.jsonl": metadata} | {
        f"{folder}/{number:06d}.flac": "" for number in range(len(rows))
    }


def one(folder: Path, **row: Any) -> Entry:
    return next(MESOLITICA.read(lay(folder, shard("data/test-00000-of-00001", row))))


def test_a_row_becomes_an_entry(tmp_path: Path) -> None:
    files = shard("data/train-00000-of-00002", {"text": "Satu"}, {"text": "Dua", "duration": 1.5})
    files |= shard("data/train-00001-of-00002", {"text": "Tiga"})
    tree = lay(tmp_path / "set", files)
    read = entries(MESOLITICA, tree)
    assert read["train-00000-of-00002-000001"] == Entry(
        id="train-00000-of-00002-000001",
        audio="set/data/train-00000-of-00002/000001.flac",
        text="Dua",
        part="train",
        duration=1.5,
    )
    assert [entry.text for entry in read.values()] == ["Satu", "Dua", "Tiga"]
    assert all(tree.path(entry.audio) for entry in read.values())


@pytest.mark.parametrize(
    ("folder", "part"),
    [
        ("data/train-00000-of-00001", "train"),
        ("data/validation-00000-of-00001", "valid"),
        ("valid-00000-of-00001", "valid"),
        ("dev", "valid"),
        ("data/test-00000-of-00001", "test"),
        ("ta_in/test/0000", "test"),
        ("clean/train.100/0000", "train"),
        ("ASR-PART2-Test/data-00000-of-00001", "test"),
        ("train/test-00000-of-00001", "test"),  # the innermost says it
        ("data/latest-00000-of-00001", None),
        ("data", None),
        (".", None),
    ],
)
def test_the_part_is_what_a_folder_is_named(tmp_path: Path, folder: str, part: str | None) -> None:
    tree = lay(tmp_path / "test", shard(folder, {"text": "Satu"}))  # the source's own name is none
    assert [entry.part for entry in entries(MESOLITICA, tree).values()] == [part]


def test_shards_of_one_name_in_folders_of_parts_have_their_own_ids(tmp_path: Path) -> None:
    parts = ("train", "validation", "test")
    files = [shard(f"ms/{part}/0000", {"text": "Satu"}) for part in parts]
    read = entries(MESOLITICA, lay(tmp_path, files[0] | files[1] | files[2]))
    assert sorted(read) == ["test-0000-000000", "train-0000-000000", "validation-0000-000000"]


def test_one_list_may_name_recordings_in_folders_of_parts(tmp_path: Path) -> None:
    rows = [{"file_name": f"{part}/a.wav", "text": part} for part in ("train", "test")]
    metadata = "".join(json.dumps(row) + "\n" for row in rows)
    read = entries(MESOLITICA, lay(tmp_path / "s", {"metadata.jsonl": metadata}))
    assert {name: (entry.part, entry.audio) for name, entry in read.items()} == {
        "train-a": ("train", "s/train/a.wav"),
        "test-a": ("test", "s/test/a.wav"),
    }


@pytest.mark.parametrize(
    "column", ["text", "raw_transcription", "transcription", "sentence", "transcript", "answer"]
)
def test_the_column_of_text_is_known_by_its_name(tmp_path: Path, column: str) -> None:
    assert one(tmp_path, other="x", **{column: "Satu"}).text == "Satu"


def test_of_fleurs_the_text_as_written_counts_and_its_id_is_the_sentence(tmp_path: Path) -> None:
    columns = {"id": 77, "transcription": "satu", "raw_transcription": "Satu.", "gender": 1}
    entry = one(tmp_path, **columns)
    assert (entry.text, entry.text_alt, entry.sentence) == ("Satu.", "satu", "77")
    assert entry.speaker is None


def test_elsewhere_an_id_is_no_sentence(tmp_path: Path) -> None:
    entry = one(tmp_path, id="121-0", text="SATU", transcription="satu", sentence_id="s1")
    assert (entry.text, entry.text_alt, entry.sentence) == ("SATU", None, "s1")
    assert one(tmp_path, id="121-0", text="SATU").sentence is None


@pytest.mark.parametrize(
    ("columns", "speaker"),
    [
        ({"speaker": "a"}, "a"),
        ({"speaker_id": 0}, "0"),
        ({"client_id": "c0ffee"}, "c0ffee"),
        ({"speaker": None, "speaker_id": 7}, "7"),
        ({"speaker": ""}, None),
        ({}, None),
    ],
)
def test_the_speaker_is_known_by_its_column(
    tmp_path: Path, columns: dict[str, Any], speaker: str | None
) -> None:
    assert one(tmp_path, text="Satu", **columns).speaker == speaker


@pytest.mark.parametrize("duration", [None, "1.5", 0, -1, True, float("nan")])
def test_a_duration_that_is_none_is_left_to_be_measured(tmp_path: Path, duration: Any) -> None:
    assert one(tmp_path, text="Satu", duration=duration).duration is None


def test_a_duration_beyond_all_numbers_stays_one(tmp_path: Path) -> None:
    assert one(tmp_path, text="Satu", duration=float("inf")).duration == float("inf")


def test_a_pair_of_surrogates_is_a_character(tmp_path: Path) -> None:
    tree = lay(tmp_path, {"a/metadata.jsonl": '{"file_name": "a.wav", "text": "\\ud83d\\ude00"}'})
    assert [entry.text for entry in MESOLITICA.read(tree)] == ["\U0001f600"]


def test_ids_do_not_depend_on_what_the_source_is_called(tmp_path: Path) -> None:
    row = '{"file_name": "a.wav", "text": "Satu"}'
    for name in ("here", "there-train"):
        tree = lay(tmp_path / name, {"metadata.jsonl": row})
        assert [entry.id for entry in MESOLITICA.read(tree)] == ["a"]


def test_no_text_in_a_row_is_an_empty_text(tmp_path: Path) -> None:
    assert one(tmp_path, text=None).text == ""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            '{"file_name": "a.wav", "label": 1, "lang": "ms"}',
            "no column of text: found label, lang; known: text, raw_transcription, transcription,"
            " sentence, transcript, answer",
        ),
        ('{"file_name": "a.wav"}', "no column of text: found none; known: text, "),
        ('{"file_name": "a.wav", "text": 5}', "text is not text"),
        ('{"text": "Satu"}', "expected an object with the path of a recording in file_name"),
        ("[1]", "expected an object with the path of a recording in file_name"),
        ('{"file_name": "/", "text": "Satu"}', "expected an object with the path of a recording"),
        ('{"file_name": "a.w', "not JSON ("),
        ("[" * 100_000, "not JSON (lists and objects within each other"),
        (
            '{"file_name": "a.wav", "n": ' + "9" * 5_000 + "}",
            "not JSON (a number of more",
        ),
        (
            '{"file_name": "a.wav", "text": "so \\uD83D"}',
            "'so \\ud83d' contains NUL or a lone surrogate",
        ),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str, expected: str) -> None:
    good = '{"file_name": "b.wav", "text": "Satu"}'
    tree = lay(tmp_path / "s", {"train/metadata.jsonl": f"{good}\n{line}\n"})
    assert broken_row(MESOLITICA, tree).startswith(f"s/train/metadata.jsonl:2: {expected}")
    assert list(entries(MESOLITICA, tree)) == ["train-b"]


def test_a_table_of_commas_is_read_with_its_quotes(tmp_path: Path) -> None:
    table = (
        'transcription,file_name,duration,speaker\n"Satu, ""dua""\ntiga",a/1.wav,1.5,s1\n'
        ",2.wav,,\nempat,3.wav,long,\n"
    )
    tree = lay(tmp_path / "s", {"test/metadata.csv": table})
    assert list(entries(MESOLITICA, tree).values()) == [
        Entry("test-a-1", "s/test/a/1.wav", 'Satu, "dua"\ntiga', "test", "s1", duration=1.5),
        Entry("test-2", "s/test/2.wav", "", "test"),
        Entry("test-3", "s/test/3.wav", "empat", "test"),
    ]


@pytest.mark.parametrize("row", ["5.wav,a,b", "5.wav", ",a"])
def test_a_row_of_other_fields_is_left_out(tmp_path: Path, row: str) -> None:
    table = f"file_name,text\n1.wav,Satu\n{row}\n2.wav,Dua\n"
    tree = lay(tmp_path / "s", {"train/metadata.csv": table})
    assert broken_row(MESOLITICA, tree).startswith(
        "s/train/metadata.csv:3: expected the 2 fields of the header"
    )
    assert [entry.text for entry in entries(MESOLITICA, tree).values()] == ["Satu", "Dua"]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("path,text\na.wav,x\n", "s/metadata.csv: no column file_name with the recordings; found"),
        ("", "s/metadata.csv: no column file_name with the recordings; found none"),
        (
            'file_name,text\na.wav,"x\n',
            "s/metadata.csv: not CSV after line 1 (unexpected end of data)",
        ),
    ],
)
def test_a_table_that_is_none_is_refused(tmp_path: Path, table: str, message: str) -> None:
    assert refusal(MESOLITICA, lay(tmp_path / "s", {"metadata.csv": table})).startswith(message)


def test_another_column_of_text_is_named_by_the_user(tmp_path: Path) -> None:
    row = {"text": "Satu", "normalised": "satu"}
    tree = lay(tmp_path / "s", shard("train", row, {"text": "Dua"}))
    named = with_text(MESOLITICA, "normalised")
    assert [entry.text for entry in entries(named, tree).values()] == ["satu"]
    assert broken_row(named, tree) == (
        "s/train/metadata.jsonl:2: no column 'normalised': found text"
    )


def test_a_column_of_text_is_none_of_a_publishers_layout() -> None:
    with pytest.raises(InputError, match="--text-column is only for Hugging Face data sets"):
        with_text(CORPORA["slr65"], "text")
    assert with_text(serving(CORPORA["slr65"]), "text").key == "slr65"


def test_a_set_of_shards_must_be_complete(tmp_path: Path) -> None:
    line = '{"file_name": "a.wav", "text": "x"}\n'
    tree = lay(tmp_path / "set", {"data/train-00001-of-00003/metadata.jsonl": line})
    missing = "set/data/train-00000-of-00003, set/data/train-00002-of-00003"
    assert f"of 3 shards these are missing: {missing}; " in refusal(MESOLITICA, tree)
