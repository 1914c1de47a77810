"""The catalogue: which corpus files are, and what is said of those of another."""

import json
import re
from pathlib import Path

import pytest
from layouts import lay

from plion.data.corpora.catalogue import CORPORA, corpus, reader, recognised
from plion.data.corpora.published import published
from plion.errors import InputError
from plion.scoring.benchmarks import suite

COLUMNS = "client_id\tpath\tsentence_id\tsentence\tlocale\n"


def fleurs(code: str, text: str) -> dict[str, str]:
    line = f"77\t100.wav\t{text}\t{text}\ta |\t16000\tMALE\n"
    return {f"{code}/{part}.tsv": line for part in ("train", "dev", "test")}


def common_voice(locale: str) -> dict[str, str]:
    line = f"c0ffee\ta_{locale}_1.mp3\ts1\tx\t{locale}\n"
    tables = ("train", "dev", "test", "validated")
    return {f"cv/{locale}/{table}.tsv": COLUMNS + line for table in tables}


METADATA = {"data/train-00000-of-00001/metadata.jsonl": '{"file_name": "a.wav", "text": "x"}\n'}
FILES = {
    "librispeech": {
        "LibriSpeech/dev-clean/84/121123/84-121123.trans.txt": "84-121123-0000 GO DO YOU HEAR\n"
    },
    "nsc": {
        "PART2/DATA/CHANNEL0/SCRIPT/000010.TXT": "\ufeff000010001\tGo, lah.\n\tgo lah\n",
    },
    "commonvoice_zh": common_voice("zh-CN"),
    "aishell1": {
        "data_aishell/transcript/aishell_transcript_v0.8.txt": "BAC009S0002W0122 而 对\n",
    },
    "aishell3": {
        "train/content.txt": "SSB00050001.wav\t广 guang3\n",
        "test/content.txt": "SSB00050002.wav\t州 zhou1\n",
    },
    "fleurs_zh": fleurs("cmn_hans_cn", "句子"),
    "commonvoice_ta": common_voice("ta"),
    "slr65": {
        "line_index_female.tsv": "taf_02879_01\tஒன்று\n",
        "line_index_male.tsv": "tam_02879_01\tஒன்று\n",
    },
    "slr127": {
        "train/trans_files/MILE_0000045_0000001.txt": "ஒன்று\n",
        "test/trans_files/MILE_0000045_0000002.txt": "ஒன்று\n",
    },
    "fleurs_ta": fleurs("ta_in", "வாக்கியம்"),
    "mesolitica": METADATA,
    "fleurs_ms": fleurs("ms_my", "ayat"),
}


def refusal(key: str, folder: Path, files: dict[str, str]) -> str:
    with pytest.raises(InputError) as error:
        reader(key, lay(folder, files))
    return str(error.value)


def test_the_papers_corpora_are_the_benchmarks_in_their_order_and_languages() -> None:
    ours = [(row.key, row.language) for row in CORPORA.values() if published(row.key)]
    assert ours == [(row.key, row.language) for row in suite("sg12")]


@pytest.mark.parametrize("key", CORPORA)
def test_each_corpus_is_recognised_and_no_other(tmp_path: Path, key: str) -> None:
    assert recognised(lay(tmp_path, FILES[key])) == [key]


@pytest.mark.parametrize("key", CORPORA)
def test_a_corpus_is_read_by_its_own_reader(tmp_path: Path, key: str) -> None:
    tree = lay(tmp_path, FILES[key])
    own = reader(key, tree)
    assert own is CORPORA[key]
    assert list(own.read(tree))


@pytest.mark.parametrize("key", CORPORA)
def test_a_dataset_of_the_hub_serves_every_key(tmp_path: Path, key: str) -> None:
    tree = lay(tmp_path, METADATA)
    row = reader(key, tree)
    assert row.key == key
    assert [entry.id for entry in row.read(tree)] == ["train-00000-of-00001-a"]


def test_what_the_paper_did_with_a_corpus_holds_for_its_hub_dataset(tmp_path: Path) -> None:
    row = reader("nsc", lay(tmp_path, METADATA))
    assert (row.sampled, row.gaps) == (CORPORA["nsc"].sampled, CORPORA["nsc"].gaps)


def test_the_publishers_layout_comes_before_the_hubs(tmp_path: Path) -> None:
    tree = lay(tmp_path, FILES["slr65"] | METADATA)
    assert reader("slr65", tree) is CORPORA["slr65"]


@pytest.mark.parametrize("key", [key for key in CORPORA if key != "mesolitica"])
def test_files_of_another_corpus_are_refused_with_its_name(tmp_path: Path, key: str) -> None:
    for wanted in CORPORA:
        if wanted != key:
            message = refusal(wanted, tmp_path / "set", FILES[key])
            assert message.startswith(f"{tmp_path / 'set'} is not {wanted}: ")
            assert re.search(rf"looks like ('.*' \()?{key}\b", message)


def test_what_was_looked_for_and_what_was_found_is_told(tmp_path: Path) -> None:
    files = {"a.pdf": "", "b/c.TXT": "", "b/d.txt": "", "b/e.txt": "", "x.wav": "", "y.mp3": ""}
    message = refusal("aishell3", tmp_path / "set", files)
    assert message == (
        f"{tmp_path / 'set'} is not aishell3: looked for train/content.txt, test/content.txt, found"
        " 3 .txt, 1 .pdf (set/a.pdf, set/b/c.TXT, set/b/d.txt, ...), 2 audio files"
    )


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    assert refusal("slr127", tmp_path / "set", {}).endswith(", found 0 audio files")


def test_a_hub_dataset_without_text_is_told_when_it_is_read(tmp_path: Path) -> None:
    row = json.dumps({"file_name": "a.wav", "label": 1})
    tree = lay(tmp_path, {"train/metadata.jsonl": f"{row}\n"})
    (told,) = reader("librispeech", tree).read(tree)
    assert "metadata.jsonl:1: no column of text: found label;" in told.which


def test_a_corpus_with_a_broken_first_line_is_still_itself(tmp_path: Path) -> None:
    path = "data_aishell/transcript/aishell_transcript_v0.8.txt"
    tree = lay(tmp_path / "set", {path: "而 对\n"})
    (told,) = reader("aishell1", tree).read(tree)
    assert told.which.startswith(f"set/{path}:1: ")


def test_a_corpus_of_which_some_of_the_first_rows_are_broken_is_recognised(tmp_path: Path) -> None:
    files = common_voice("ta")
    cut = COLUMNS + "c1\tp\n" + files["cv/ta/train.tsv"].removeprefix(COLUMNS)
    assert recognised(lay(tmp_path, files | {"cv/ta/train.tsv": cut})) == ["commonvoice_ta"]


def test_an_unknown_key_is_told_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"unknown corpus 'aishel1' \(did you mean 'aishell1'\?\)"):
        corpus("aishel1")


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("aishell1", "data_aishell.tgz"),
        ("aishell3", "data_aishell3.tgz"),
        ("slr127", "mile_tamil_asr_corpus.tar.gz"),
    ],
)
def test_the_archive_of_a_whole_corpus_is_known_by_its_name(key: str, name: str) -> None:
    archives = [f"downloads/{it}" for it in (f"my_{name}", "resource_aishell.tgz", name)]
    assert list(CORPORA[key].whole(archives, ())) == archives[-1:]
