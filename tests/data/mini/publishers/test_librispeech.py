"""LibriSpeech's three archives."""

from by_hand import lines, opened, publish, sound


def test_an_archive_a_subset_with_a_transcript_file_a_chapter() -> None:
    tree = opened(publish("librispeech"))
    assert sorted(name for name in tree if name.count("/") > 2) == [
        "dev-clean.tar.gz/LibriSpeech/dev-clean/78/120780/78-120780-0000.flac",
        "dev-clean.tar.gz/LibriSpeech/dev-clean/78/120780/78-120780.trans.txt",
        "test-clean.tar.gz/LibriSpeech/test-clean/61/120610/61-120610-0000.flac",
        "test-clean.tar.gz/LibriSpeech/test-clean/61/120610/61-120610.trans.txt",
        "test-clean.tar.gz/LibriSpeech/test-clean/78/120780/78-120780-0000.flac",
        "test-clean.tar.gz/LibriSpeech/test-clean/78/120780/78-120780.trans.txt",
        "train-clean-100.tar.gz/LibriSpeech/train-clean-100/61/120610/61-120610-0000.flac",
        "train-clean-100.tar.gz/LibriSpeech/train-clean-100/61/120610/61-120610.trans.txt",
        "train-clean-100.tar.gz/LibriSpeech/train-clean-100/61/120611/61-120611-0000.flac",
        "train-clean-100.tar.gz/LibriSpeech/train-clean-100/61/120611/61-120611.trans.txt",
        "train-clean-100.tar.gz/LibriSpeech/train-clean-100/78/120780/78-120780-0000.flac",
        "train-clean-100.tar.gz/LibriSpeech/train-clean-100/78/120780/78-120780.trans.txt",
    ]
    chapter = "dev-clean.tar.gz/LibriSpeech/dev-clean/78/120780/78-120780"
    assert lines(tree[f"{chapter}.trans.txt"]) == ["78-120780-0000 RIVER TODAY"]
    assert sound(tree[f"{chapter}-0000.flac"]) == ("FLAC", "PCM_16", 16_000, 0.32)


def test_every_archive_brings_the_same_list_of_speakers() -> None:
    tree = opened(publish("librispeech"))
    subsets = ("train-clean-100", "dev-clean", "test-clean")
    lists = [tree[f"{subset}.tar.gz/LibriSpeech/SPEAKERS.TXT"] for subset in subsets]
    assert lists[0] == lists[1] == lists[2]
    ids = [line.split("|")[:2] for line in lines(lists[0]) if not line.startswith(";")]
    assert [[one.strip() for one in row] for row in ids] == [["61", "F"], ["78", "M"]]
