"""LibriSpeech in its publisher's layout."""

from pathlib import Path

import pytest

from plion.data.corpora.corpus import Entry, Omitted
from plion.data.corpora.librispeech import CORPUS, read_librispeech
from plion.data.corpora.tree import Tree
from plion.errors import InputError


def chapter(root: Path, subset: str, name: str, *texts: str) -> Path:
    """A chapter with its transcript and a recording for each line."""
    speaker, number = name.split("-")
    folder = root / subset / speaker / number
    folder.mkdir(parents=True)
    for index in range(len(texts)):
        (folder / f"{name}-{index:04}.flac").touch()
    lines = [f"{name}-{index:04} {text}\n" for index, text in enumerate(texts)]
    transcript = folder / f"{name}.trans.txt"
    transcript.write_text("".join(lines))
    return transcript


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "LibriSpeech"
    root.mkdir()
    (root / "SPEAKERS.TXT").write_text("; ID | SEX\n84 | F\n")
    (root / "README.TXT").touch()
    return root


def entries(source: Path) -> list[Entry]:
    return [row for row in read_librispeech(Tree(source.name, [source])) if isinstance(row, Entry)]


def left_out(source: Path) -> list[Omitted]:
    return [
        row for row in read_librispeech(Tree(source.name, [source])) if isinstance(row, Omitted)
    ]


def test_each_of_the_three_subsets_is_a_part(root: Path) -> None:
    chapter(root, "train-clean-100", "103-1240", "CHAPTER ONE", "THAT'S MARILLA'S HOUSE")
    chapter(root, "dev-clean", "84-121123", "GO DO YOU HEAR")
    chapter(root, "test-clean", "121-121726", "ALSO A POPULAR CONTRIVANCE")
    assert entries(root) == [
        Entry(
            id="84-121123-0000",
            audio="LibriSpeech/dev-clean/84/121123/84-121123-0000.flac",
            text="GO DO YOU HEAR",
            part="valid",
            speaker="84",
        ),
        Entry(
            id="121-121726-0000",
            audio="LibriSpeech/test-clean/121/121726/121-121726-0000.flac",
            text="ALSO A POPULAR CONTRIVANCE",
            part="test",
            speaker="121",
        ),
        Entry(
            id="103-1240-0000",
            audio="LibriSpeech/train-clean-100/103/1240/103-1240-0000.flac",
            text="CHAPTER ONE",
            part="train",
            speaker="103",
        ),
        Entry(
            id="103-1240-0001",
            audio="LibriSpeech/train-clean-100/103/1240/103-1240-0001.flac",
            text="THAT'S MARILLA'S HOUSE",
            part="train",
            speaker="103",
        ),
    ]


def test_the_audio_is_found_by_the_path_of_its_entry(root: Path) -> None:
    transcript = chapter(root, "dev-clean", "84-121123", "GO DO YOU HEAR")
    tree = Tree(root.name, [root])
    (entry,) = read_librispeech(tree)
    assert tree.path(entry.audio) == transcript.parent / "84-121123-0000.flac"


def test_other_subsets_are_left_out_and_counted(root: Path) -> None:
    for subset in ("dev-other", "train-other-500"):
        chapter(root, subset, "8-2", "OTHER", "WORDS")
        chapter(root, subset, "8-3", "OTHER")
    chapter(root, "test-clean", "121-121726", "ALSO")
    assert [(entry.id, entry.part) for entry in entries(root)] == [("121-121726-0000", "test")]
    assert left_out(root) == [
        Omitted("of other subsets", f"LibriSpeech/{name}", 3)
        for name in ("dev-other", "train-other-500")
    ]


def test_blank_lines_are_no_rows(root: Path) -> None:
    transcript = chapter(root, "dev-clean", "84-121123", "GO", "DO")
    transcript.write_text(transcript.read_text().replace("\n", "\n\n") + " \n")
    assert [entry.text for entry in entries(root)] == ["GO", "DO"]
    assert left_out(root) == []


def test_a_row_with_a_line_break_in_its_sentence_is_left_out_whole(root: Path) -> None:
    transcript = chapter(root, "dev-clean", "84-121123", "GO", "DO YOU\nHEAR", "NOW")
    (left,) = left_out(root)
    told = "84-121123.trans.txt:2: a line break cuts this row, which ends in line 3"
    assert left.which.endswith(told) and left.broken
    assert [entry.text for entry in entries(root)] == ["GO", "NOW"]
    assert transcript.exists()


def test_the_source_may_be_the_folder_of_a_subset(root: Path) -> None:
    chapter(root, "dev-clean", "84-121123", "GO")
    (entry,) = entries(root / "dev-clean")
    assert (entry.part, entry.audio) == ("valid", "dev-clean/84/121123/84-121123-0000.flac")


def test_text_without_audio_is_listed(root: Path) -> None:
    transcript = chapter(root, "dev-clean", "84-121123", "GO", "DO")
    (transcript.parent / "84-121123-0001.flac").unlink()
    assert [entry.id for entry in entries(root)] == ["84-121123-0000", "84-121123-0001"]


def test_audio_without_text_is_not_listed(root: Path) -> None:
    transcript = chapter(root, "dev-clean", "84-121123", "GO")
    (transcript.parent / "84-121123-0001.flac").touch()
    assert [entry.id for entry in entries(root)] == ["84-121123-0000"]


def test_a_line_that_ends_in_its_id_is_left_out_by_file_and_line(root: Path) -> None:
    transcript = chapter(root, "dev-clean", "84-121123", "GO")
    transcript.write_text(transcript.read_text() + "84-121123-00")
    (left,) = left_out(root)
    assert [entry.text for entry in entries(root)] == ["GO"]
    assert left.which == (
        "LibriSpeech/dev-clean/84/121123/84-121123.trans.txt:2: "
        "expected '84-121123-NNNN TEXT', found '84-121123-00'"
    )


def test_a_line_of_another_chapter_is_left_out_by_file_and_line(root: Path) -> None:
    chapter(root, "dev-clean", "84-121123", "GO").write_text("84-121550-0000 GO\n")
    (left,) = left_out(root)
    assert left.which.endswith("found '84-121550-0000 GO'")


def test_a_source_with_none_of_the_three_is_refused(root: Path) -> None:
    chapter(root, "train-clean-360", "14-208", "CHAPTER")
    with pytest.raises(InputError, match="none of .* train-clean-100, dev-clean, test-clean"):
        entries(root)


def test_the_corpus_is_known_by_its_transcripts(root: Path) -> None:
    (pattern,) = CORPUS.looks_for
    assert Tree(root.name, [root]).glob(pattern) == []
    chapter(root, "dev-clean", "84-121123", "GO")
    assert len(Tree(root.name, [root]).glob(pattern)) == 1
    assert len(Tree("dev-clean", [root / "dev-clean"]).glob(pattern)) == 1
