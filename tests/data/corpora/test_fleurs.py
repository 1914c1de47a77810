"""FLEURS: seven fields without header, in its publisher's shape and the hub's."""

from pathlib import Path

import pytest
from layouts import broken_row, entries, lay, refusal

from plion.data.corpora.corpus import Corpus, Entry
from plion.data.corpora.fleurs import MS, TA, ZH

TAMIL = 'இது 2 "வாக்கியம்'
MALAY = 'Ia berkata, "Ini 2 ayat'
HAN = "这是2个句子。"
TEXTS = {"cmn_hans_cn": HAN, "ta_in": TAMIL, "ms_my": MALAY}


def line(text: str, sentence: int = 77, file: str = "100.wav", samples: str = "24000") -> str:
    fields = [str(sentence), file, text, text.lower(), "a b |", samples, "FEMALE"]
    return "\t".join(fields) + "\n"


def fleurs(folder: str, text: str) -> dict[str, str]:
    """A language: two readings of a sentence in each part, under the same file names."""
    files = {}
    for part in ("train", "dev", "test"):
        files[f"{folder}/{part}.tsv"] = line(text) + line(text, file="101.wav")
        files |= {f"{folder}/audio/{part}/{name}.wav": "" for name in (100, 101)}
    return files


@pytest.mark.parametrize(
    ("corpus", "code"), [(ZH, "cmn_hans_cn"), (TA, "ta_in"), (MS, "ms_my")], ids=["zh", "ta", "ms"]
)
@pytest.mark.parametrize("above", ["", "data/"])
def test_a_line_becomes_an_entry(tmp_path: Path, corpus: Corpus, code: str, above: str) -> None:
    tree = lay(tmp_path / "fleurs", fleurs(f"{above}{code}", TEXTS[code]))
    read = entries(corpus, tree)
    assert len(read) == 6
    assert read[f"{code}-dev-100"] == Entry(
        id=f"{code}-dev-100",
        audio=f"fleurs/{above}{code}/audio/dev/100.wav",
        text=TEXTS[code],
        part="valid",
        sentence="77",
        text_alt=TEXTS[code].lower(),
        duration=1.5,
    )
    assert all(tree.path(entry.audio) for entry in read.values())


def test_readings_of_a_sentence_share_it_and_have_no_speaker(tmp_path: Path) -> None:
    read = entries(MS, lay(tmp_path, fleurs("ms_my", MALAY)))
    readings = [read["ms_my-train-100"], read["ms_my-train-101"]]
    assert [(it.sentence, it.speaker) for it in readings] == [("77", None), ("77", None)]


@pytest.mark.parametrize("name", ["ta_in", "fleurs-tamil", "FLEURS", "my_downloads"])
def test_the_source_may_be_the_language_itself_under_any_name(tmp_path: Path, name: str) -> None:
    lay(tmp_path, fleurs(name, TAMIL))
    tree = lay(tmp_path / name, {})
    read = entries(TA, tree)
    assert len(read) == 6
    assert all(tree.path(entry.audio) for entry in read.values())


def test_of_several_languages_the_right_one_is_taken(tmp_path: Path) -> None:
    files = {name: it for code, text in TEXTS.items() for name, it in fleurs(code, text).items()}
    tree = lay(tmp_path, files)
    for corpus, text in ((ZH, HAN), (TA, TAMIL), (MS, MALAY)):
        read = entries(corpus, tree)
        assert (len(read), {entry.text for entry in read.values()}) == (6, {text})


def test_a_folder_of_another_language_is_refused(tmp_path: Path) -> None:
    message = refusal(MS, lay(tmp_path / "f", fleurs("en_us", "Hello")))
    assert message == ("FLEURS: found no folder ms_my with train, dev and test.tsv; found f/en_us")


@pytest.mark.parametrize(
    ("corpus", "text", "expected"),
    [
        (TA, MALAY, "FLEURS ta_in: f/mine/train.tsv is in Latin script, not Tamil"),
        (MS, HAN, "FLEURS ms_my: f/mine/train.tsv is in Han script, not Latin"),
        (ZH, TAMIL, "FLEURS cmn_hans_cn: f/mine/train.tsv is in Tamil script, not Han"),
    ],
)
def test_a_renamed_folder_of_another_script_is_refused(
    tmp_path: Path, corpus: Corpus, text: str, expected: str
) -> None:
    assert refusal(corpus, lay(tmp_path / "f", fleurs("mine", text))) == expected


def test_two_folders_that_could_be_meant_are_refused(tmp_path: Path) -> None:
    files = fleurs("a/ta_in", TAMIL) | fleurs("data/ta_in", TAMIL)
    message = refusal(TA, lay(tmp_path / "f", files))
    assert message == (
        "FLEURS ta_in: several folders may be it (f/a/ta_in, f/data/ta_in); give one of them"
    )


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ("77\t100.wav\tRaw\n", "expected 7 fields between tabs, found 3"),
        (line(MALAY, samples="FEMALE"), "'FEMALE' is not a number of samples"),
        (line(MALAY, samples="0"), "'0' is not a number of samples"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, broken: str, expected: str) -> None:
    files = fleurs("ms_my", MALAY) | {"ms_my/dev.tsv": line(MALAY) + broken}
    tree = lay(tmp_path / "f", files)
    assert broken_row(MS, tree) == f"f/ms_my/dev.tsv:2: {expected}"
    assert len(entries(MS, tree)) == 5


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\tb", "2: expected 7 fields between tabs, found 9 (a tab inside one?)"),
        ("a\n\nb", "2: a line break cuts this row, which ends in line 6"),
    ],
)
def test_a_tab_or_a_line_break_in_a_sentence_leaves_out_its_row(
    tmp_path: Path, text: str, told: str
) -> None:
    table = line(MALAY) + line(text, file="7.wav") + line(MALAY, file="8.wav")
    tree = lay(tmp_path / "f", fleurs("ms_my", MALAY) | {"ms_my/train.tsv": table})
    assert broken_row(MS, tree) == f"f/ms_my/train.tsv:{told}"
    assert {"ms_my-train-100", "ms_my-train-8"} < set(entries(MS, tree))


def test_of_several_languages_one_is_unpacked() -> None:
    archives = ["data/ta_in/audio/train.tar.gz", "data/ms_my/audio/train.tar.gz", "ms_my.tar.gz"]
    assert list(TA.pieces(archives, ())) == archives[:1]
    assert list(MS.pieces(archives, ())) == archives[1:]


def test_of_a_renamed_folder_the_parts_are_unpacked() -> None:
    archives = ["tamil/audio/dev.tar.gz", "tamil/old.tar.gz"]
    assert list(TA.pieces(archives, ())) == archives[:1]
