"""SLR65: two archives that hold an index of the same name, and the indexes for themselves."""

from pathlib import Path

import pytest
from layouts import broken_row, entries, lay, omissions, refusal

from plion.data.corpora.corpus import Entry, Omitted
from plion.data.corpora.slr65 import CORPUS

FEMALE = "taf_02879_01795762363\tஒரு வாக்கியம்.\ntaf_02879_00000000001\t\tமற்றொன்று\n"
MALE = "tam_02879_01795762363\tx-1\tஆண் குரல்\n"
WAVES = {
    "ta_in_female/taf_02879_01795762363.wav": "",
    "ta_in_female/taf_02879_00000000001.wav": "",
    "ta_in_male/tam_02879_01795762363.wav": "",
}
INSIDE = {"ta_in_female/line_index.tsv": FEMALE, "ta_in_male/line_index.tsv": MALE}
BESIDE = {"line_index_female.tsv": FEMALE, "line_index_male.tsv": MALE}
FLAT = {Path(name).name: text for name, text in WAVES.items()}
EXPECTED = {
    "taf_02879_00000000001": ("taf_02879", "மற்றொன்று"),
    "taf_02879_01795762363": ("taf_02879", "ஒரு வாக்கியம்."),
    "tam_02879_01795762363": ("tam_02879", "ஆண் குரல்"),
}


def test_a_line_becomes_an_entry_without_part(tmp_path: Path) -> None:
    tree = lay(tmp_path / "slr65", WAVES | INSIDE)
    assert entries(CORPUS, tree)["taf_02879_01795762363"] == Entry(
        id="taf_02879_01795762363",
        audio="slr65/ta_in_female/taf_02879_01795762363.wav",
        text="ஒரு வாக்கியம்.",
        speaker="taf_02879",
    )


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(WAVES | INSIDE, id="an index in each folder"),
        pytest.param(WAVES | BESIDE, id="the indexes beside the folders"),
        pytest.param(WAVES | INSIDE | BESIDE, id="both"),
        pytest.param(FLAT | BESIDE, id="all in one folder"),
        pytest.param(FLAT | BESIDE | {"line_index.tsv": MALE}, id="one index overwritten"),
    ],
)
def test_every_utterance_comes_once_and_its_wave_is_found(
    tmp_path: Path, files: dict[str, str]
) -> None:
    tree = lay(tmp_path, files)
    read = entries(CORPUS, tree)
    assert {name: (entry.speaker, entry.text) for name, entry in read.items()} == EXPECTED
    assert all(tree.path(entry.audio) for entry in read.values())


def test_folders_may_be_named_otherwise(tmp_path: Path) -> None:
    named = {name.replace("ta_in_female", "women"): text for name, text in (WAVES | INSIDE).items()}
    tree = lay(tmp_path, named)
    assert all(tree.path(entry.audio) for entry in entries(CORPUS, tree).values())


def test_an_index_that_overwrote_the_other_is_told(tmp_path: Path) -> None:
    message = refusal(CORPUS, lay(tmp_path, FLAT | {"line_index.tsv": MALE}))
    assert message == (
        "SLR65: no index names an utterance of ta_in_female (taf_...): both archives have a"
        " line_index.tsv, so unpack ta_in_female.zip into a folder of its own"
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("mlf_02879_01795762363\tmalayalam", "'mlf_02879_01795762363' is not an id such as taf_"),
        ("taf_02879_01795762363", "no sentence after taf_02879_01795762363"),
        ("taf_02879_01795762363\t\t ", "no sentence after taf_02879_01795762363"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str, expected: str) -> None:
    tree = lay(tmp_path / "s", BESIDE | {"line_index_male.tsv": f"{MALE}{line}\n"})
    assert broken_row(CORPUS, tree).startswith(f"s/line_index_male.tsv:2: {expected}")
    assert len(entries(CORPUS, tree)) == 3


def test_a_line_break_in_a_sentence_leaves_out_its_row(tmp_path: Path) -> None:
    cut = FEMALE.replace("வாக்கியம்", "\nவாக்கியம்")
    tree = lay(tmp_path / "s", BESIDE | {"line_index_female.tsv": cut})
    told = "s/line_index_female.tsv:1: a line break cuts this row, which ends in line 2"
    assert broken_row(CORPUS, tree) == told
    assert len(entries(CORPUS, tree)) == 2


def test_of_an_id_with_two_sentences_the_first_counts_and_the_other_is_named(
    tmp_path: Path,
) -> None:
    index = f"{MALE}tam_02879_01795762363\tவேறு\n{MALE}"
    tree = lay(tmp_path / "s", WAVES | BESIDE | {"line_index_male.tsv": index})
    assert entries(CORPUS, tree)["tam_02879_01795762363"].text == "ஆண் குரல்"
    assert omissions(CORPUS, tree) == [
        Omitted(
            "with a repeated id and another sentence",
            "tam_02879_01795762363 (s/line_index_male.tsv:2: 'வேறு')",
        )
    ]
