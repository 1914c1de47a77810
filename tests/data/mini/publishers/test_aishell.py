"""AISHELL-1's nested archives and AISHELL-3's flat one."""

from by_hand import lines, opened, publish, sound

TRANSCRIPT = "data_aishell.tgz/data_aishell/transcript/aishell_transcript_v0.8.txt"


def test_aishell1_nests_an_archive_a_speaker() -> None:
    tree = opened(publish("aishell1"))
    wav = "data_aishell.tgz/data_aishell/wav"
    assert sorted(name for name in tree if name.endswith(".wav")) == [
        f"{wav}/S0002.tar.gz/test/S0002/BAC009S0002W0124.wav",
        f"{wav}/S0002.tar.gz/train/S0002/BAC009S0002W0122.wav",
        f"{wav}/S0002.tar.gz/train/S0002/BAC009S0002W0123.wav",
        f"{wav}/S0002.tar.gz/train/S0002/BAC009S0002W0999.wav",
        f"{wav}/S0003.tar.gz/dev/S0003/BAC009S0003W0123.wav",
        f"{wav}/S0003.tar.gz/test/S0003/BAC009S0003W0124.wav",
        f"{wav}/S0003.tar.gz/train/S0003/BAC009S0003W0122.wav",
    ]
    audio = sound(tree[f"{wav}/S0003.tar.gz/dev/S0003/BAC009S0003W0123.wav"])
    assert audio == ("WAV", "PCM_16", 16_000, 0.32)


def test_aishell1_separates_words_and_leaves_a_recording_without_transcript() -> None:
    tree = opened(publish("aishell1"))
    transcript = lines(tree[TRANSCRIPT])
    assert transcript[0] == "BAC009S0002W0122 老师 喜欢 书"
    recorded = {name[-20:-4] for name in tree if name.endswith(".wav")}
    assert recorded - {line.split()[0] for line in transcript} == {"BAC009S0002W0999"}


def test_aishell3_has_two_parts_and_extracts_flat() -> None:
    tree = opened(publish("aishell3"))
    names = {name.removeprefix("data_aishell3.tgz/") for name in tree if "/" in name}
    assert names == {
        *("ReadMe.txt", "phone_set.txt", "spk-info.txt"),
        *("train/content.txt", "train/label_train-set.txt", "test/content.txt"),
        *("train/wav/SSB0005/SSB00050001.wav", "train/wav/SSB0005/SSB00050002.wav"),
        *("train/wav/SSB0011/SSB00110001.wav", "train/wav/SSB0011/SSB00110002.wav"),
        *("test/wav/SSB0005/SSB00050003.wav", "test/wav/SSB0011/SSB00110003.wav"),
    }
    wave = tree["data_aishell3.tgz/train/wav/SSB0011/SSB00110002.wav"]
    assert sound(wave) == ("WAV", "PCM_16", 44_100, 0.32)


def test_aishell3_alternates_hanzi_and_pinyin() -> None:
    tree = opened(publish("aishell3"))
    assert lines(tree["data_aishell3.tgz/train/content.txt"])[0] == (
        "SSB00050001.wav\t老 lao3 师 shi1 喜 xi3 欢 huan1 书 shu1"
    )
    labels = lines(tree["data_aishell3.tgz/train/label_train-set.txt"])
    assert labels[0].startswith("#")
    assert labels[1] == "SSB00050001|lao3 shi1 xi3 huan1 shu1|老师%喜欢%书$"
    assert "SSB0011\tB\tmale\tnorth" in lines(tree["data_aishell3.tgz/spk-info.txt"])
