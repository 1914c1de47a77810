"""FLEURS in Google's shape and in the hub's."""

import io

import numpy as np
import pytest
from by_hand import lines, opened, publish, sound, spoken
from scipy.io import wavfile


def test_googles_archive_has_tables_and_audio_of_three_parts() -> None:
    tree = opened(publish("fleurs_ta"))
    names = {name.removeprefix("ta_in.tar.gz/ta_in/") for name in tree if "/" in name}
    assert {name for name in names if name.endswith(".tsv")} == {"train.tsv", "dev.tsv", "test.tsv"}
    audio = [name.rsplit("/", 1)[0] for name in sorted(names) if name.endswith(".wav")]
    assert audio == ["audio/dev", *["audio/test"] * 2, *["audio/train"] * 3]


def test_the_hub_has_tables_beside_an_archive_a_part() -> None:
    files = dict(publish("fleurs_zh"))
    below = "data/cmn_hans_cn"
    assert set(files) == {
        *(f"{below}/{part}.tsv" for part in ("train", "dev", "test")),
        *(f"{below}/audio/{part}.tar.gz" for part in ("train", "dev", "test")),
    }
    (row,) = (line.split("\t") for line in lines(files[f"{below}/dev.tsv"]))
    assert f"{below}/audio/dev.tar.gz/dev/{row[1]}" in opened(files.items())


@pytest.mark.parametrize(
    ("key", "path", "raw", "normalised", "letters"),
    [
        ("fleurs_ms", "ms_my.tar.gz/ms_my/dev.tsv", "Esok, bunga.", "esok bunga",
         "e s o k | b u n g a |"),
        ("fleurs_zh", "data/cmn_hans_cn/dev.tsv", "今天，看见。", "今 天 看 见", "今 天 看 见 |"),
    ],
)  # fmt: skip
def test_a_row_has_seven_columns_and_there_is_no_header(
    key: str, path: str, raw: str, normalised: str, letters: str
) -> None:
    (row,) = (line.split("\t") for line in lines(opened(publish(key))[path]))
    assert row[0] == "4" and row[1].endswith(".wav")
    assert row[2:] == [raw, normalised, letters, "5120", "MALE"]


def test_readings_of_a_sentence_have_its_number_in_common() -> None:
    rows = [
        line.split("\t")
        for line in lines(opened(publish("fleurs_ms"))["ms_my.tar.gz/ms_my/test.tsv"])
    ]
    assert rows[0][0] == rows[1][0] and rows[0][1] != rows[1][1]


def test_audio_is_float_and_has_no_time_of_writing_in_it() -> None:
    tree = opened(publish("fleurs_ta"))
    recordings = [tree[name] for name in tree if name.endswith(".wav")]
    assert {sound(one)[:3] for one in recordings} == {("WAV", "FLOAT", 16_000)}
    assert not any(b"PEAK" in one for one in recordings)
    _, samples = wavfile.read(io.BytesIO(max(recordings, key=len)))
    np.testing.assert_array_equal(samples, spoken("fleurs_ta")[-1].wave)
