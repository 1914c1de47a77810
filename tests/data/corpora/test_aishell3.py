"""AISHELL-3: characters and pinyin in turn, two parts that share speakers."""

from pathlib import Path

import pytest
from layouts import broken_row, entries, lay

from plion.data.corpora.aishell3 import CORPUS
from plion.data.corpora.corpus import Entry

FILES = {
    "spk-info.txt": "# voice-file name\nSSB0005\tB\tfemale\tnorth\n",
    "phone_set.txt": "a1\n",
    "ReadMe.txt": "AISHELL-3\n",
    "train/content.txt": (
        "SSB00050001.wav\t广 guang3 州 zhou1 女 nv3\n"
        "SSB06930026.wav\t九 jiu3 点儿 dianr3 \n"  # an erhua, and a space at the end
    ),
    "train/label_train-set.txt": "# comment\n#\nSSB00050001|guang3 zhou1 nv3|广州%女$\n",
    "train/wav/SSB0005/SSB00050001.wav": "",
    "test/content.txt": "SSB00050353.wav\t你 ni3 A ei1\n",
    "test/wav/SSB0005/SSB00050353.wav": "",
}


def test_characters_are_the_text_and_pinyin_the_other(tmp_path: Path) -> None:
    assert list(CORPUS.read(lay(tmp_path / "a3", FILES))) == [
        Entry(
            id="SSB00050001",
            audio="a3/train/wav/SSB0005/SSB00050001.wav",
            text="广州女",
            part="train",
            speaker="SSB0005",
            text_alt="guang3 zhou1 nv3",
        ),
        Entry(
            id="SSB06930026",
            audio="a3/train/wav/SSB0693/SSB06930026.wav",
            text="九点儿",
            part="train",
            speaker="SSB0693",
            text_alt="jiu3 dianr3",
        ),
        Entry(
            id="SSB00050353",
            audio="a3/test/wav/SSB0005/SSB00050353.wav",
            text="你A",
            part="test",
            speaker="SSB0005",
            text_alt="ni3 ei1",
        ),
    ]


def test_it_may_lie_in_a_folder_of_its_own(tmp_path: Path) -> None:
    tree = lay(tmp_path, {f"data_aishell3/{name}": text for name, text in FILES.items()})
    entry = entries(CORPUS, tree)["SSB00050353"]
    assert tree.path(entry.audio) == tmp_path / "data_aishell3/test/wav/SSB0005/SSB00050353.wav"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("SSB00050002.wav\t我 wo3 爱", "3 tokens: an odd number"),
        ("SSB00050002.wav\t我 花 huar1 儿", "'我 花' is not a character and its pinyin"),
        ("SSB00050002.wav\t点 dian3 儿 ma5 er2 吗", "'er2 吗' is not a character and its pinyin"),
        ("SSB00050002.wav 我 wo3", "expected 2 fields between tabs, found 1"),
        ("SSB00050002\t我 wo3", "'SSB00050002' is not a name such as SSB00050001.wav"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str, expected: str) -> None:
    content = f"SSB00050001.wav\t广 guang3\n{line}\n"
    tree = lay(tmp_path / "a3", {**FILES, "train/content.txt": content})
    assert broken_row(CORPUS, tree).startswith(f"a3/train/content.txt:2: {expected}")


@pytest.mark.parametrize(
    ("within", "told"),
    [("\n", "a line break cuts this row, which ends in line 2"), ("\t", "expected 2 fields")],
)
def test_a_row_with_a_break_or_tab_in_its_sentence_is_left_out_whole(
    tmp_path: Path, within: str, told: str
) -> None:
    content = FILES["train/content.txt"].replace("州", f"{within}州")
    tree = lay(tmp_path / "a3", {**FILES, "train/content.txt": content})
    assert broken_row(CORPUS, tree).startswith(f"a3/train/content.txt:1: {told}")
    assert sorted(entries(CORPUS, tree)) == ["SSB00050353", "SSB06930026"]
