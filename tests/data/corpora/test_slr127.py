"""SLR127: a text file of the same stem beside every wave."""

from pathlib import Path

import pytest
from layouts import broken_row, entries, lay

from plion.data.corpora.corpus import Entry
from plion.data.corpora.slr127 import CORPUS

TOP = "mile_tamil_asr_corpus"
FILES = {
    f"{TOP}/train/trans_files/MILE_0000045_0000001.txt": "ஒரு வாக்கியம்\n",
    f"{TOP}/train/audio_files/MILE_0000045_0000001.wav": "",
    f"{TOP}/train/audio_files/MILE_0000045_0000002.wav": "",  # has no text
    f"{TOP}/train/trans_files/ISTL_0000045_0000001.txt": "\ufeffவேறு குரல்",
    f"{TOP}/test/trans_files/MICI_0000007_0000003.txt": "சொல்\n",
    f"{TOP}/test/audio_files/MICI_0000007_0000003.wav": "",
    f"{TOP}/README": "Tamil\n",
}


def test_a_text_file_becomes_an_entry(tmp_path: Path) -> None:
    read = entries(CORPUS, lay(tmp_path / "slr127", FILES))
    assert read["MILE_0000045_0000001"] == Entry(
        id="MILE_0000045_0000001",
        audio=f"slr127/{TOP}/train/audio_files/MILE_0000045_0000001.wav",
        text="ஒரு வாக்கியம்",
        part="train",
        speaker="MILE_0000045",
    )
    assert sorted(read) == [
        "ISTL_0000045_0000001",
        "MICI_0000007_0000003",
        "MILE_0000045_0000001",
    ]
    assert read["MICI_0000007_0000003"].part == "test"
    assert read["ISTL_0000045_0000001"].text == "வேறு குரல்"  # without the byte-order mark


def test_one_number_under_two_prefixes_is_two_speakers(tmp_path: Path) -> None:
    read = entries(CORPUS, lay(tmp_path, FILES))
    speakers = [read[f"{prefix}_0000045_0000001"].speaker for prefix in ("MILE", "ISTL")]
    assert speakers == ["MILE_0000045", "ISTL_0000045"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ஒன்று\nஇரண்டு \n\n மூன்று\n", "ஒன்று இரண்டு மூன்று"),
        ("ஒன்று\r\nஇரண்டு\r\n", "ஒன்று இரண்டு"),
        ("", ""),
        ("\n \n", ""),
    ],
)
def test_the_lines_of_a_file_are_one_text(tmp_path: Path, text: str, expected: str) -> None:
    name = "MILE_0000045_0000001"
    tree = lay(tmp_path, {**FILES, f"{TOP}/train/trans_files/{name}.txt": text})
    assert entries(CORPUS, tree)[name].text == expected


def test_a_file_of_another_name_is_left_out(tmp_path: Path) -> None:
    tree = lay(tmp_path / "s", {"train/trans_files/ABCD_1_2.txt": "x", **FILES})
    expected = "s/train/trans_files/ABCD_1_2.txt: 'ABCD_1_2' is not a name such as MILE_"
    assert broken_row(CORPUS, tree).startswith(expected)
    assert len(entries(CORPUS, tree)) == 3
