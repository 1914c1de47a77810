"""NSC Part 2: scripts, zips, and halves of pairs."""

from by_hand import lines, opened, publish, sound

DATA = "IMDA - National Speech Corpus/PART2/DATA"


def test_a_script_a_session_with_bom_and_two_lines_an_utterance() -> None:
    tree = opened(publish("nsc"))
    script = tree[f"{DATA}/CHANNEL0/SCRIPT/000010.TXT"]
    assert script.startswith(b"\xef\xbb\xbf000010001\t")
    assert lines(script)[1:4] == [
        "\tteacher opens",
        "000010002\tHeavy garden.",
        "\theavy garden",
    ]


def test_a_zip_a_speaker_with_a_folder_a_session() -> None:
    tree = opened(publish("nsc"))
    below = f"{DATA}/CHANNEL0/WAVE/SPEAKER0002.zip/SPEAKER0002"
    assert sorted(name for name in tree if name.startswith(below)) == [
        f"{below}/SESSION0/000020001.WAV",
        f"{below}/SESSION0/000020002.WAV",
        f"{below}/SESSION1/000021001.WAV",
    ]
    assert sound(tree[f"{below}/SESSION1/000021001.WAV"]) == ("WAV", "PCM_16", 16_000, 0.32)


def test_one_recording_has_no_text_and_one_text_no_recording() -> None:
    tree = opened(publish("nsc"))
    recorded = {name[-13:-4] for name in tree if name.endswith(".WAV")}
    scripts = [tree[name] for name in tree if "CHANNEL0/SCRIPT" in name]
    read = {line.lstrip("\ufeff")[:9] for script in scripts for line in lines(script)[::2]}
    assert recorded - read == {"000010998"} and read - recorded == {"000010999"}


def test_another_channel_has_the_same_scripts_under_its_own_ids() -> None:
    tree = opened(publish("nsc"))
    script = lines(tree[f"{DATA}/CHANNEL1/SCRIPT/100021.TXT"])
    assert script == ["\ufeff100021001\tRiver today.", "\triver today"]
    assert not any("CHANNEL1/WAVE" in name for name in tree)
