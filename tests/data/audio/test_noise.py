"""A folder of noise: what is found in it, and what is said of one that cannot be used."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from tiny import tone

from plion.data.audio.noise import recordings, sizes
from plion.errors import InputError


def test_recordings_are_found_at_any_depth_and_by_name(tmp_path: Path) -> None:
    tone(tmp_path / "street" / "b.WAV", 0.5)
    tone(tmp_path / "music" / "a.flac", 1.5, rate=8_000)
    (tmp_path / "music" / "LICENSE").write_text("free")
    (tmp_path / "music" / "._a.flac").write_text("what an archive of another system leaves")
    assert [(one.path, one.seconds) for one in recordings(str(tmp_path))] == [
        (str(tmp_path / "music" / "a.flac"), 1.5),
        (str(tmp_path / "street" / "b.WAV"), 0.5),
    ]


def test_the_content_is_told_by_names_and_sizes(tmp_path: Path) -> None:
    path = tone(tmp_path / "street" / "a.wav", 0.5)
    assert sizes(str(tmp_path)) == {"street/a.wav": path.stat().st_size}


@pytest.mark.parametrize("name", ["a.opus", "a.OGA", "a.wave"])
def test_whatever_can_be_decoded_is_found(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"noise")
    assert sizes(str(tmp_path)) == {name: 5}


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no folder .*gone \(data\.augment\.noise"):
        recordings(str(tmp_path / "gone"))


def test_a_folder_without_audio_is_named(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("noise")
    with pytest.raises(InputError, match=f"{tmp_path} .* has no audio: no file in it ends in .wav"):
        recordings(str(tmp_path))


def test_a_recording_that_is_no_audio_is_named(tmp_path: Path) -> None:
    tone(tmp_path / "a.wav", 0.5)
    (tmp_path / "b.wav").write_text("no audio")
    with pytest.raises(InputError, match=r"audio .*b\.wav cannot be decoded"):
        recordings(str(tmp_path))


def test_a_recording_that_does_not_say_its_length_is_counted(tmp_path: Path) -> None:
    data = bytearray(tone(tmp_path / "a.flac", 0.5).read_bytes())
    data[21:26] = bytes([data[21] & 0xF0, 0, 0, 0, 0])  # samples in STREAMINFO: not counted
    (tmp_path / "a.flac").write_bytes(data)
    assert [one.seconds for one in recordings(str(tmp_path))] == [0.5]


def test_a_recording_that_is_cut_off_is_named(tmp_path: Path) -> None:
    data = tone(tmp_path / "a.wav", 0.5).read_bytes()
    (tmp_path / "a.wav").write_bytes(data[:8000])
    with pytest.raises(InputError, match=r"audio .*a\.wav is truncated"):
        recordings(str(tmp_path))


def test_a_recording_without_samples_is_named(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(0), 16_000)
    with pytest.raises(InputError, match=r"audio .*a\.wav has no samples"):
        recordings(str(tmp_path))
