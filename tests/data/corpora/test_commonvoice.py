"""Common Voice in its publisher's layout."""

from pathlib import Path

import pytest

from plion.data.corpora.commonvoice import TA, ZH
from plion.data.corpora.corpus import Corpus, Entry, Omitted
from plion.data.corpora.tree import Tree
from plion.errors import InputError

COLUMNS = [
    "client_id", "path", "sentence_id", "sentence", "sentence_domain", "up_votes", "down_votes",
    "age", "gender", "accents", "variant", "locale", "segment",
]  # fmt: skip


def clip(number: int, sentence: str, locale: str = "ta", client: str = "c1") -> dict[str, str]:
    return {
        "client_id": client,
        "path": f"common_voice_{locale}_{number}.mp3",
        "sentence_id": f"s{number}",
        "sentence": sentence,
        "up_votes": "2",
        "down_votes": "0",
        "locale": locale,
    }


def table(path: Path, *rows: dict[str, str], columns: list[str] = COLUMNS) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [columns, *([row.get(column, "") for column in columns] for row in rows)]
    path.write_text("".join("\t".join(row) + "\n" for row in cells), encoding="utf-8")


def folder(tmp_path: Path, *clips: dict[str, str], locale: str = "ta") -> Path:
    """A language whose train set is these clips, with the tables that are not for training."""
    folder = tmp_path / "cv-corpus-23.0-2025-09-05" / locale
    for name in ("validated", "train"):
        table(folder / f"{name}.tsv", *clips)
    for name in ("dev", "test"):
        table(folder / f"{name}.tsv")
    for name in ("invalidated", "other"):
        table(folder / f"{name}.tsv", clip(99, "Not for training", locale))
    (folder / "reported.tsv").write_text("sentence_id\tsentence\tlocale\treason\n")
    (folder / "clips").mkdir()
    for row in clips:
        (folder / "clips" / row["path"]).touch()
    return folder


def tamil(source: Path) -> list[Entry]:
    return [row for row in TA.read(Tree(source.name, [source])) if isinstance(row, Entry)]


def broken(source: Path) -> list[str]:
    found = [row for row in TA.read(Tree(source.name, [source])) if isinstance(row, Omitted)]
    assert all(row.broken for row in found)
    return [row.which for row in found]


def refusal(source: Path) -> str:
    with pytest.raises(InputError) as error:
        tamil(source)
    return str(error.value)


def test_the_rows_of_train_dev_and_test_are_the_entries(tmp_path: Path) -> None:
    ta = folder(tmp_path, clip(1, "வணக்கம்."), clip(2, "நன்றி", client="c2"))
    table(ta / "dev.tsv", clip(3, "ஆம்"))
    table(ta / "test.tsv", clip(4, "இல்லை"))
    (ta / "clip_durations.tsv").write_text(
        "clip\tduration[ms]\n"
        "common_voice_ta_1.mp3\t4320\n"
        "common_voice_ta_4.mp3\t1008\n"
        "common_voice_ta_99.mp3\t3000\n"
    )
    root = "cv-corpus-23.0-2025-09-05/ta/clips"
    assert tamil(ta.parent) == [
        Entry(
            id="common_voice_ta_1",
            audio=f"{root}/common_voice_ta_1.mp3",
            text="வணக்கம்.",
            part="train",
            speaker="c1",
            sentence="s1",
            duration=4.32,
        ),
        Entry(
            id="common_voice_ta_2",
            audio=f"{root}/common_voice_ta_2.mp3",
            text="நன்றி",
            part="train",
            speaker="c2",
            sentence="s2",
        ),
        Entry(
            id="common_voice_ta_3",
            audio=f"{root}/common_voice_ta_3.mp3",
            text="ஆம்",
            part="valid",
            speaker="c1",
            sentence="s3",
        ),
        Entry(
            id="common_voice_ta_4",
            audio=f"{root}/common_voice_ta_4.mp3",
            text="இல்லை",
            part="test",
            speaker="c1",
            sentence="s4",
            duration=1.008,
        ),
    ]


def test_the_audio_is_found_by_the_path_of_its_entry(tmp_path: Path) -> None:
    ta = folder(tmp_path, clip(1, "ஆம்"))
    tree = Tree(ta.name, [ta])
    (entry,) = TA.read(tree)
    assert tree.path(entry.audio) == ta / "clips/common_voice_ta_1.mp3"


def test_clips_of_the_first_releases_are_named_without_their_suffix(tmp_path: Path) -> None:
    named = clip(1, "ஒன்று")
    source = folder(tmp_path, named)
    for name in ("validated", "train"):
        table(source / f"{name}.tsv", {**named, "path": "common_voice_ta_1"})
    (entry,) = tamil(source.parent)
    assert entry.id == "common_voice_ta_1" and entry.audio.endswith("clips/common_voice_ta_1.mp3")


def test_columns_are_known_by_the_header(tmp_path: Path) -> None:
    ta = folder(tmp_path, clip(1, "ஆம்"))
    before = tamil(ta)
    table(ta / "train.tsv", clip(1, "ஆம்"), columns=COLUMNS[::-1])
    assert tamil(ta) == before


def test_quotes_are_text(tmp_path: Path) -> None:
    sentences = ['"அவள் சொன்னாள்', 'ஆம்" என்று', '"முழுவதும்"', "it's 5\" long", '""']
    ta = folder(tmp_path, *(clip(number, text) for number, text in enumerate(sentences)))
    assert [entry.text for entry in tamil(ta)] == sentences


def test_a_table_may_have_windows_line_ends_and_a_bom(tmp_path: Path) -> None:
    ta = folder(tmp_path, clip(1, "ஆம்"))
    before = tamil(ta)
    content = (ta / "train.tsv").read_bytes().replace(b"\n", b"\r\n")
    (ta / "train.tsv").write_bytes(b"\xef\xbb\xbf" + content)
    assert tamil(ta) == before


def test_a_separator_of_lines_within_a_sentence_is_text(tmp_path: Path) -> None:
    ta = folder(tmp_path, clip(1, "ஆம்\u2028இல்லை\x85"))
    assert [entry.text for entry in tamil(ta)] == ["ஆம்\u2028இல்லை\x85"]


def test_without_its_table_or_with_zero_no_duration_is_stated(tmp_path: Path) -> None:
    ta = folder(tmp_path, clip(1, "ஆம்"))
    assert [entry.duration for entry in tamil(ta)] == [None]
    (ta / "clip_durations.tsv").write_text("clip\tduration[ms]\ncommon_voice_ta_1.mp3\t0\n")
    assert [entry.duration for entry in tamil(ta)] == [None]


def test_a_missing_table_is_a_missing_part(tmp_path: Path) -> None:
    ta = folder(tmp_path, clip(1, "ஆம்"))
    for name in ("dev", "test"):
        (ta / f"{name}.tsv").unlink()
    assert [entry.part for entry in tamil(ta)] == ["train"]


def test_a_clip_without_speaker_or_sentence_id_has_none(tmp_path: Path) -> None:
    ta = folder(tmp_path, {**clip(1, "ஆம்", client=""), "sentence_id": ""})
    assert [(entry.speaker, entry.sentence) for entry in tamil(ta)] == [(None, None)]


def test_each_language_is_read_from_its_own_folder(tmp_path: Path) -> None:
    ta = folder(tmp_path, clip(1, "ஆம்"))
    folder(tmp_path, clip(2, "你好", "zh-CN"), locale="zh-CN")
    tree = Tree("cv", [ta.parent])
    assert [entry.audio for entry in TA.read(tree)] == ["cv/ta/clips/common_voice_ta_1.mp3"]
    assert [entry.text for entry in ZH.read(tree)] == ["你好"]


def test_the_language_does_not_hang_on_the_name_of_the_folder(tmp_path: Path) -> None:
    ta = folder(tmp_path, clip(1, "ஆம்"))
    source = ta.rename(tmp_path / "mcv-scripted-ta-v23.0")
    (entry,) = tamil(source)
    assert entry.audio == "mcv-scripted-ta-v23.0/clips/common_voice_ta_1.mp3"


def test_another_language_is_refused_by_the_corpus_it_looks_like(tmp_path: Path) -> None:
    zh = folder(tmp_path, clip(1, "你好", "zh-CN"), locale="zh-CN")
    assert refusal(zh) == (
        "there is no Common Voice of 'ta' (commonvoice_ta): zh-CN is of 'zh-CN' (commonvoice_zh)"
    )


def test_a_language_that_is_none_of_ours_is_refused_by_its_locale(tmp_path: Path) -> None:
    assert "ms is of 'ms'" in refusal(folder(tmp_path, clip(1, "ya", "ms"), locale="ms"))


def test_a_row_of_another_language_is_left_out(tmp_path: Path) -> None:
    ta = folder(tmp_path, clip(1, "ஆம்"), clip(2, "你好", "zh-CN"))
    assert broken(ta) == ["ta/train.tsv:3: expected the locale 'ta', found 'zh-CN'"]
    assert [entry.text for entry in tamil(ta)] == ["ஆம்"]


def test_a_row_with_too_few_fields_is_left_out(tmp_path: Path) -> None:
    ta = folder(tmp_path, clip(1, "ஆம்"))
    with (ta / "train.tsv").open("a") as file:
        file.write("c1\tcommon_voice_ta_2.mp3\ts2\tஇல்")
    assert broken(ta) == ["ta/train.tsv:3: expected 13 fields between tabs, found 4"]
    assert [entry.text for entry in tamil(ta)] == ["ஆம்"]


@pytest.mark.parametrize(
    ("within", "told"),
    [
        ("\t", "expected 13 fields between tabs, found 14 (a tab inside one?)"),
        ("\n", "a line break cuts this row, which ends in line 4"),
    ],
)
def test_a_tab_or_a_line_break_in_a_sentence_leaves_out_its_row(
    tmp_path: Path, within: str, told: str
) -> None:
    ta = folder(tmp_path, clip(1, "ஆம்"), clip(2, f"இல்{within}லை"), clip(3, "நன்றி"))
    assert broken(ta) == [f"ta/train.tsv:3: {told}"]
    assert [entry.text for entry in tamil(ta)] == ["ஆம்", "நன்றி"]


def test_a_table_without_a_needed_column_is_refused(tmp_path: Path) -> None:
    ta = folder(tmp_path, clip(1, "ஆம்"))
    table(ta / "train.tsv", clip(1, "ஆம்"), columns=["path", "locale"])
    assert refusal(ta) == ("ta/train.tsv:1: no column client_id, sentence; found path, locale")


BEFORE_17 = [name for name in COLUMNS if name not in ("sentence_id", "sentence_domain", "variant")]
BEFORE_7 = [name for name in BEFORE_17 if name not in ("locale", "segment")]


@pytest.mark.parametrize("columns", [BEFORE_17, BEFORE_7])
def test_earlier_releases_have_fewer_columns(tmp_path: Path, columns: list[str]) -> None:
    ta = folder(tmp_path, clip(1, "ஆம்"))
    zh = folder(tmp_path, clip(2, "你好", "zh-CN"), locale="zh-CN")
    for place, row in ((ta, clip(1, "ஆம்")), (zh, clip(2, "你好", "zh-CN"))):
        for name in ("validated", "train"):
            table(place / f"{name}.tsv", row, columns=columns)
    tree = Tree("cv", [ta.parent])
    for corpus, text in ((TA, "ஆம்"), (ZH, "你好")):
        (entry,) = corpus.read(tree)
        assert (entry.text, entry.speaker, entry.sentence) == (text, "c1", None)
    assert "zh-CN is of 'zh-CN'" in refusal(zh)


def test_the_folder_tells_the_language_where_neither_a_column_nor_a_clip_does(
    tmp_path: Path,
) -> None:
    ta = folder(tmp_path, clip(1, "ஆம்"))
    for name in ("validated", "train"):
        table(ta / f"{name}.tsv", {**clip(1, "ஆம்"), "path": "0a1b.mp3"}, columns=BEFORE_7)
    assert [entry.audio for entry in tamil(ta)] == ["ta/clips/0a1b.mp3"]


@pytest.mark.parametrize("columns", [["path", "sentence"], ["client_id", "sentence"], ["x"]])
def test_a_table_that_is_not_read_may_lack_columns(tmp_path: Path, columns: list[str]) -> None:
    ta = folder(tmp_path, clip(1, "ஆம்"))
    table(ta / "validated.tsv", clip(1, "ஆம்"), columns=columns)
    (ta / "clip_durations.tsv").write_text("clip\tmilliseconds\ncommon_voice_ta_1.mp3\t4320\n")
    assert [(entry.text, entry.duration) for entry in tamil(ta)] == [("ஆம்", None)]


@pytest.mark.parametrize("value", ["", "4,3", "nan", "inf", "-1", "1\t2"])
def test_a_duration_that_is_none_is_left_to_be_measured(tmp_path: Path, value: str) -> None:
    ta = folder(tmp_path, clip(1, "ஆம்"))
    (ta / "clip_durations.tsv").write_text(f"clip\tduration[ms]\ncommon_voice_ta_1.mp3\t{value}\n")
    assert [entry.duration for entry in tamil(ta)] == [None]


def test_a_table_that_is_not_utf8_is_refused_by_file_and_line(tmp_path: Path) -> None:
    ta = folder(tmp_path, clip(1, "ஆம்"))
    with (ta / "train.tsv").open("ab") as file:
        file.write("ஆம்".encode("utf-16"))
    assert refusal(ta).startswith("ta/train.tsv:3: not UTF-8")


def test_the_corpus_is_known_by_its_tables(tmp_path: Path) -> None:
    ta = folder(tmp_path, clip(1, "ஆம்"))
    tree = Tree(ta.name, [ta])
    found = [path for pattern in TA.looks_for for path in tree.glob(pattern)]
    assert found == ["ta/validated.tsv", "ta/train.tsv"]
    assert (ZH.key, TA.key) == ("commonvoice_zh", "commonvoice_ta")


@pytest.mark.parametrize(
    ("corpus", "name"),
    [
        (TA, "cv-corpus-23.0-2025-09-05-ta.tar.gz"),
        (TA, "mcv-scripted-ta-v23.0.tar.gz"),
        (ZH, "cv-corpus-23.0-2025-09-05-zh-CN (1).tar.gz"),
        (ZH, "mcv-scripted-zh-cn-v23.0.tar.gz"),
    ],
)
def test_the_archive_of_the_language_is_known_by_its_name(corpus: Corpus, name: str) -> None:
    others = ["cv-corpus-23.0-2025-09-05-sw.tar.gz", "mcv-scripted-tt-v23.0.tar.gz"]
    delta = "cv-corpus-23.0-delta-2025-09-05-ta.tar.gz"
    archives = [f"downloads/{it}" for it in (*others, delta, name)]
    assert list(corpus.whole(archives, ())) == archives[-1:]
