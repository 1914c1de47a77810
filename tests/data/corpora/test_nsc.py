"""The National Speech Corpus in its publisher's layout, speakers' archives unpacked."""

from pathlib import Path

import pytest

from plion.data.corpora.corpus import Entry, Omitted
from plion.data.corpora.nsc import CORPUS, read_nsc
from plion.data.corpora.tree import Tree
from plion.errors import InputError


def script(channel: Path, name: str, *lines: str) -> Path:
    """A script as it is published: UTF-8 with a BOM."""
    path = channel / "SCRIPT" / f"{name}.TXT"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8-sig")
    return path


def wave(channel: Path, name: str, suffix: str = "WAV") -> Path:
    path = channel / f"WAVE/SPEAKER{name[1:5]}/SESSION{name[5]}/{name}.{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def recorded(root: Path, part: int, channel: int, speaker: str = "0001", session: int = 0) -> Path:
    """A channel's folder with one script of two utterances and their recordings."""
    folder = root / f"PART{part}/DATA/CHANNEL{channel}"
    stem = f"{channel}{speaker}{session}"
    first = (f"{stem}001\tJurong, lah.", "\tjurong lah")
    second = (f"{stem}002\tThe Fox.", "\tthe fox")
    script(folder, stem, *first, *second)
    wave(folder, f"{stem}001")
    wave(folder, f"{stem}002")
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "IMDA - National Speech Corpus"
    (root / "LEXICON").mkdir(parents=True)
    (root / "LEXICON/LEXICON.txt").write_text("lah\tl a\n")
    (root / "VERSION").write_text("2.08")
    return root


def entries(source: Path) -> list[Entry]:
    return [row for row in read_nsc(Tree(source.name, [source])) if isinstance(row, Entry)]


def left_out(source: Path) -> list[Omitted]:
    return [row for row in read_nsc(Tree(source.name, [source])) if isinstance(row, Omitted)]


def refusal(source: Path) -> str:
    with pytest.raises(InputError) as error:
        entries(source)
    return str(error.value)


def test_an_utterance_has_a_prompt_and_what_was_said(root: Path) -> None:
    channel = root / "PART1/DATA/CHANNEL0"
    script(
        channel,
        "000291",
        "000291401\tThe Quick Brown Fox jumps, over the lazy dog.",
        "\tthe quick brown fox jumps over the lazy dog",
        "000291402\tTake Jalan Besar; it's near!",
        "\ttake ** <SPK/> jalan besar it's near",
    )
    session = "IMDA - National Speech Corpus/PART1/DATA/CHANNEL0/WAVE/SPEAKER0029/SESSION1"
    assert entries(root) == [
        Entry(
            id="part1-000291401",
            audio=f"{session}/000291401.WAV",
            text="The Quick Brown Fox jumps, over the lazy dog.",
            speaker="part1-0029",
            sentence="the quick brown fox jumps over the lazy dog",
            text_alt="the quick brown fox jumps over the lazy dog",
        ),
        Entry(
            id="part1-000291402",
            audio=f"{session}/000291402.WAV",
            text="Take Jalan Besar; it's near!",
            speaker="part1-0029",
            sentence="take jalan besar it's near",
            text_alt="take ** <SPK/> jalan besar it's near",
        ),
    ]


def test_of_three_channels_the_lowest_is_read(root: Path) -> None:
    for channel in (2, 0, 1):
        recorded(root, part=1, channel=channel)
    assert [entry.id for entry in entries(root)] == ["part1-000010001", "part1-000010002"]
    assert left_out(root) == [
        Omitted("of other microphones", f"part1-channel{channel}", 2) for channel in "12"
    ]


def test_a_channel_of_scripts_alone_is_not_the_one(root: Path) -> None:
    script(root / "PART1/DATA/CHANNEL0", "000010", "000010001\tJurong.", "\tjurong")
    recorded(root, part=1, channel=1)
    recorded(root, part=1, channel=2)
    assert [entry.id for entry in entries(root)] == ["part1-100010001", "part1-100010002"]


def test_both_parts_are_read_and_their_speakers_are_told_apart(root: Path) -> None:
    recorded(root, part=1, channel=0)
    recorded(root, part=2, channel=0)
    assert [(entry.id, entry.speaker) for entry in entries(root)] == [
        ("part1-000010001", "part1-0001"),
        ("part1-000010002", "part1-0001"),
        ("part2-000010001", "part2-0001"),
        ("part2-000010002", "part2-0001"),
    ]


def test_each_part_has_its_own_lowest_channel(root: Path) -> None:
    recorded(root, part=1, channel=1)
    recorded(root, part=2, channel=0)
    assert [entry.id[:7] for entry in entries(root)] == ["part1-1"] * 2 + ["part2-0"] * 2


def test_one_part_alone_is_read(root: Path) -> None:
    recorded(root, part=2, channel=0)
    assert {entry.speaker for entry in entries(root)} == {"part2-0001"}


def test_parts_three_to_six_are_left_out(root: Path) -> None:
    recorded(root, part=1, channel=0)
    recorded(root, part=3, channel=0)
    (root / "PART3/Scripts Same").mkdir()
    (root / "PART3/Scripts Same/0001-1.TextGrid").write_bytes(b"ooBinaryFile\x08TextGrid")
    assert {entry.speaker for entry in entries(root)} == {"part1-0001"}
    assert left_out(root) == [Omitted("of other parts", "part3-channel0", 2)]


@pytest.mark.parametrize("folder", ["PART2", "PART2/DATA", "PART2/DATA/CHANNEL2"])
def test_the_source_may_be_any_folder_above_the_scripts(root: Path, folder: str) -> None:
    recorded(root, part=2, channel=2)
    source = root / folder
    tree = Tree(source.name, [source])
    found = list(read_nsc(tree))
    assert [entry.id for entry in found] == ["part2-200010001", "part2-200010002"]
    assert tree.path(found[0].audio) == (
        root / "PART2/DATA/CHANNEL2/WAVE/SPEAKER0001/SESSION0/200010001.WAV"
    )


def test_without_a_folder_named_for_the_part_ids_are_bare(tmp_path: Path) -> None:
    recorded(tmp_path, part=1, channel=0).rename(tmp_path / "headset")
    (first, _) = entries(tmp_path / "headset")
    assert (first.id, first.speaker) == ("000010001", "0001")


def test_recordings_may_have_been_unpacked_elsewhere(root: Path, tmp_path: Path) -> None:
    script(root / "PART1/DATA/CHANNEL0", "000010", "000010001\tJurong.", "\tjurong")
    recording = wave(tmp_path / "audio/PART1/DATA/CHANNEL0", "000010001")
    tree = Tree(root.name, [root, tmp_path / "audio"])
    (entry,) = read_nsc(tree)
    assert tree.path(entry.audio) == recording


def test_the_suffix_of_a_recording_is_in_either_case(root: Path) -> None:
    channel = recorded(root, part=1, channel=0)
    (channel / "WAVE/SPEAKER0001/SESSION0/000010002.WAV").unlink()
    recording = wave(channel, "000010002", suffix="wav")
    tree = Tree(root.name, [root])
    first, second = read_nsc(tree)
    assert (first.audio[-4:], second.audio[-4:]) == (".WAV", ".wav")
    assert tree.path(second.audio) == recording


def test_text_without_audio_is_listed_and_audio_without_text_is_not(root: Path) -> None:
    channel = recorded(root, part=1, channel=0)
    (channel / "WAVE/SPEAKER0001/SESSION0/000010001.WAV").unlink()
    wave(channel, "000010003")
    wave(channel, "000020001")
    assert [entry.id for entry in entries(root)] == ["part1-000010001", "part1-000010002"]


def test_an_utterance_may_lack_its_second_line(root: Path) -> None:
    script(
        root / "PART1/DATA/CHANNEL0",
        "000010",
        "000010001\tJurong, lah.",
        "000010002\tThe Fox.",
        "\tthe fox",
        "000010003\tHello-o!",
    )
    assert [(entry.text, entry.text_alt, entry.sentence) for entry in entries(root)] == [
        ("Jurong, lah.", None, "jurong lah"),
        ("The Fox.", "the fox", "the fox"),
        ("Hello-o!", None, "hello o"),
    ]


def test_the_same_words_are_the_same_sentence_whoever_reads_them(root: Path) -> None:
    for part, speaker in ((1, "0001"), (1, "0002"), (2, "0001")):
        recorded(root, part=part, channel=0, speaker=speaker)
    found = entries(root)
    assert {entry.sentence for entry in found} == {"jurong lah", "the fox"}
    assert len(found) == 6


def test_words_that_are_marks_alone_are_no_sentence(root: Path) -> None:
    script(root / "PART1/DATA/CHANNEL0", "000010", "000010001\tJurong.", "\t** <SPK/>")
    assert [entry.sentence for entry in entries(root)] == [None]


def test_windows_line_ends_and_blank_lines_are_no_text(root: Path) -> None:
    channel = root / "PART1/DATA/CHANNEL0"
    script(channel, "000010", "", "000010001\tJurong. \r", "\tjurong\r", "\t\r", "")
    assert [(entry.text, entry.text_alt) for entry in entries(root)] == [("Jurong.", "jurong")]


@pytest.mark.parametrize("line", ["00001000", "000010002", "00001002\tThe Fox.", "The Fox."])
def test_a_broken_line_is_told_by_file_and_line(root: Path, line: str) -> None:
    script(root / "PART1/DATA/CHANNEL0", "000010", "000010001\tJurong.", "\tjurong", line)
    (left,) = left_out(root / "PART1")
    message = left.which
    assert message.startswith("PART1/DATA/CHANNEL0/SCRIPT/000010.TXT:3: expected nine digits")
    assert message.endswith(f"found '{line}'")


def test_a_second_line_without_a_first_is_told_by_file_and_line(root: Path) -> None:
    lines = ("000010001\tJurong.", "\tjurong", "\tjurong")
    script(root / "PART1/DATA/CHANNEL0", "000010", *lines)
    (left,) = left_out(root)
    assert "000010.TXT:3: " in left.which and left.broken
    assert entries(root) == []  # of the utterance neither line is sure


def test_a_script_that_is_not_utf8_is_refused_by_file_and_line(root: Path) -> None:
    path = script(root / "PART1/DATA/CHANNEL0", "000010", "000010001\tJurong.")
    path.write_bytes(path.read_bytes() + "\tcafé".encode("latin-1"))
    assert "000010.TXT:2: not UTF-8" in refusal(root)


def test_the_corpus_is_known_by_its_scripts(root: Path) -> None:
    (pattern,) = CORPUS.looks_for
    channel = recorded(root, part=1, channel=0)
    assert Tree(channel.name, [channel]).glob(pattern) == ["CHANNEL0/SCRIPT/000010.TXT"]
    assert Tree("SCRIPT", [channel / "SCRIPT"]).glob(pattern) == []
    assert (CORPUS.gaps, CORPUS.sampled) == (True, True)


def test_speakers_of_the_lowest_channel_of_each_part_are_unpacked() -> None:
    archives = [
        "nsc/PART1/DATA/CHANNEL0/WAVE/SPEAKER0001.zip",
        "nsc/PART1/DATA/CHANNEL1/WAVE/SPEAKER0001.zip",
        "nsc/PART2/DATA/CHANNEL1/WAVE/SPEAKER0001.zip",
        "nsc/PART2/DATA/CHANNEL2/WAVE/SPEAKER0001.zip",
        "nsc/PART2/DOC/documents.zip",
    ]
    assert list(CORPUS.pieces(archives, ())) == [archives[0], archives[2]]


def test_a_channel_that_lies_open_counts_as_the_lowest() -> None:
    archives = [
        "nsc/PART1/DATA/CHANNEL0/WAVE/SPEAKER0002 (1).zip",
        "nsc/PART1/DATA/CHANNEL1/WAVE/SPEAKER0001.zip",
        "nsc/PART1/DATA/CHANNEL1/WAVE/SPEAKER0002.zip",
    ]
    lies_open = {"nsc/PART1/DATA/CHANNEL0/WAVE", "nsc/PART1/DATA/CHANNEL0/WAVE/SPEAKER0001"}
    assert list(CORPUS.pieces(archives, lies_open)) == archives[:1]
    assert list(CORPUS.pieces(archives[1:], lies_open)) == []
