"""AISHELL-1: one transcript, the waves of a speaker in the folder of their part."""

from pathlib import Path

import pytest
from layouts import broken_row, entries, lay

from plion.data.corpora.aishell1 import CORPUS
from plion.data.corpora.corpus import Entry

WAVES = "data_aishell/wav"
TRANSCRIPT = "data_aishell/transcript/aishell_transcript_v0.8.txt"
FILES = {
    TRANSCRIPT: (
        "BAC009S0002W0122 而 对 楼市 成交 抑制 作用 最 大 的 限 购\n"
        "BAC009S0002W0123 也 成为 地方 政府 的 眼中 钉\n"
        "BAC009S0724W0121 广州市 房地产 中介 协会 分析\n"
        "BAC009S0764W0121 甚至 出现 交易 几乎 停滞 的 情况\n"
        "\n"
    ),
    f"{WAVES}/train/S0002/BAC009S0002W0122.wav": "",
    f"{WAVES}/train/S0002/BAC009S0002W0123.wav": "",
    f"{WAVES}/train/S0002/BAC009S0002W0124.wav": "",  # has no transcript
    f"{WAVES}/dev/S0724/BAC009S0724W0121.wav": "",
    f"{WAVES}/test/S0764/BAC009S0764W0121.wav": "",
    "resource_aishell/speaker.info": "0002 M\n",
    "resource_aishell/lexicon.txt": "SIL sil\n",
}


def text(folder: Path, line: str) -> str:
    return next(CORPUS.read(lay(folder, {**FILES, TRANSCRIPT: f"{line}\n"}))).text


def test_a_line_becomes_an_entry_of_the_part_where_the_wave_lies(tmp_path: Path) -> None:
    read = entries(CORPUS, lay(tmp_path / "aishell", FILES))
    assert read["BAC009S0002W0122"] == Entry(
        id="BAC009S0002W0122",
        audio="aishell/data_aishell/wav/train/S0002/BAC009S0002W0122.wav",
        text="而对楼市成交抑制作用最大的限购",
        part="train",
        speaker="S0002",
        text_alt="而 对 楼市 成交 抑制 作用 最 大 的 限 购",
    )
    assert [(entry.part, entry.speaker) for entry in read.values()] == [
        ("train", "S0002"),
        ("train", "S0002"),
        ("valid", "S0724"),
        ("test", "S0764"),
    ]


def test_a_wave_without_transcript_is_passed_over(tmp_path: Path) -> None:
    assert "BAC009S0002W0124" not in entries(CORPUS, lay(tmp_path, FILES))


def test_a_transcript_without_wave_keeps_the_part_of_its_speaker(tmp_path: Path) -> None:
    files = {name: text for name, text in FILES.items() if "W0122.wav" not in name}
    tree = lay(tmp_path, files)
    entry = entries(CORPUS, tree)["BAC009S0002W0122"]
    assert (entry.part, tree.path(entry.audio)) == ("train", None)


def test_of_a_speaker_without_waves_the_part_is_unknown(tmp_path: Path) -> None:
    files = {name: text for name, text in FILES.items() if "S0724/" not in name}
    assert entries(CORPUS, lay(tmp_path, files))["BAC009S0724W0121"].part is None


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ("Ｑ ＱＺ 三 ｐ ｏ ｓ 机", "QQZ三pos机"),
        ("三 Ａ 级　景区", "三A级景区"),  # the space before the last word is an ideographic one
        ("Ａ股 ＋ １００ 点", "A股＋１００点"),  # letters only
        ("T 恤", "T恤"),
    ],
)
def test_full_width_letters_become_ascii_and_spaces_go(
    tmp_path: Path, published: str, expected: str
) -> None:
    assert text(tmp_path, f"BAC009S0002W0122 {published}") == expected


def test_the_folder_itself_may_be_the_source(tmp_path: Path) -> None:
    lay(tmp_path, FILES)
    tree = lay(tmp_path / "data_aishell", {})
    entry = entries(CORPUS, tree)["BAC009S0764W0121"]
    assert tree.path(entry.audio) == tmp_path / WAVES / "test/S0764/BAC009S0764W0121.wav"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("BAC009S0002 而 对", "'BAC009S0002' is not an utterance id such as BAC009S0002W0122"),
        ("BAC009S0002W0123 ", "no text after BAC009S0002W0123"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str, expected: str) -> None:
    transcript = f"BAC009S0002W0122 而 对\n{line}\n"
    tree = lay(tmp_path / "a", {**FILES, TRANSCRIPT: transcript})
    assert broken_row(CORPUS, tree) == f"a/{TRANSCRIPT}:2: {expected}"
    assert list(entries(CORPUS, tree)) == ["BAC009S0002W0122"]


def test_a_row_with_a_line_break_in_its_sentence_is_left_out_whole(tmp_path: Path) -> None:
    transcript = FILES[TRANSCRIPT].replace("楼市", "\n楼市")
    tree = lay(tmp_path / "a", {**FILES, TRANSCRIPT: transcript})
    expected = f"a/{TRANSCRIPT}:1: a line break cuts this row, which ends in line 2"
    assert broken_row(CORPUS, tree) == expected
    assert len(entries(CORPUS, tree)) == 3
    tree = lay(tmp_path / "a", {**FILES, TRANSCRIPT: f"而 对\n{FILES[TRANSCRIPT]}"})
    assert broken_row(CORPUS, tree).endswith(
        ":1: '而' is not an utterance id such as BAC009S0002W0122"
    )
    assert len(entries(CORPUS, tree)) == 4
