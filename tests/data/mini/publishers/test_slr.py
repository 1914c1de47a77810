"""The two Tamil corpora of OpenSLR."""

from by_hand import lines, opened, publish, sound


def test_slr65_has_an_archive_and_an_index_a_sex() -> None:
    tree = opened(publish("slr65"))
    assert {name for name in tree if "/" not in name} == {
        *("ta_in_female.zip", "ta_in_male.zip", "line_index_female.tsv", "line_index_male.tsv"),
    }
    for sex, speaker in (("female", "taf_02879"), ("male", "tam_03016")):
        inside = {name for name in tree if name.startswith(f"ta_in_{sex}.zip/")}
        recordings = inside - {f"ta_in_{sex}.zip/line_index.tsv"}
        assert len(recordings) == 3 and all(f"/{speaker}_" in name for name in recordings)
        assert tree[f"ta_in_{sex}.zip/line_index.tsv"] == tree[f"line_index_{sex}.tsv"]
        assert {sound(tree[name])[:3] for name in recordings} == {("WAV", "PCM_16", 48_000)}


def test_slr65_has_lines_with_a_field_too_many() -> None:
    index = [line.split("\t") for line in lines(dict(publish("slr65"))["line_index_female.tsv"])]
    assert [len(fields) for fields in index] == [3, 2, 2]
    assert sorted(fields[-1] for fields in index) == ["அவள் கடல்", "காலை யானை", "நான் மரம்"]


def test_slr127_has_a_text_of_the_same_stem_beside_every_recording() -> None:
    tree = opened(publish("slr127"))
    below = "mile_tamil_asr_corpus.tar.gz/mile_tamil_asr_corpus"
    audio = sorted(name for name in tree if name.endswith(".wav"))
    assert audio == [
        f"{below}/test/audio_files/ISTL_0000001_0000006.wav",
        f"{below}/test/audio_files/MILE_0000001_0000005.wav",
        f"{below}/train/audio_files/ISTL_0000001_0000002.wav",
        f"{below}/train/audio_files/ISTL_0000001_0000004.wav",
        f"{below}/train/audio_files/MILE_0000001_0000001.wav",
        f"{below}/train/audio_files/MILE_0000001_0000003.wav",
    ]
    texts = [name.replace("audio_files", "trans_files").replace(".wav", ".txt") for name in audio]
    assert sorted(name for name in tree if name.endswith(".txt")) == sorted(texts)
    assert lines(tree[texts[3]]) == ["நாளை பழம்"]
    assert sound(tree[audio[3]]) == ("WAV", "PCM_16", 16_000, 0.32)
