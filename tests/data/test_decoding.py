"""Decoding without torch: the file's own rate, and what cannot be opened."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tiny import tone

from plion.data.decoding import decode
from plion.errors import InputError


def test_samples_keep_the_files_own_rate(tmp_path: Path) -> None:
    path = tone(tmp_path / "a.wav", 1.0, rate=44_100)
    samples, rate = decode(path, offset=0.25, duration=0.5)
    assert rate == 44_100 and samples.dtype == np.float32
    whole = soundfile.read(path, dtype="float32")[0]
    np.testing.assert_array_equal(samples, whole[11_025:33_075])


def test_a_link_to_nothing_is_told_from_a_missing_file(tmp_path: Path) -> None:
    (tmp_path / "a.wav").symlink_to("gone.wav")
    with pytest.raises(InputError, match=r"a\.wav is a link to nothing \(gone\.wav\)$"):
        decode(tmp_path / "a.wav", 0.0, 1.0)


def test_a_folder_is_not_audio(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder$"):
        decode(tmp_path, 0.0, 1.0)


def test_a_name_need_not_be_utf_8(tmp_path: Path) -> None:
    path = tone(tmp_path / "a.wav", 1.0)
    odd = path.rename(tmp_path / os.fsdecode(b"a\xff.wav"))
    assert decode(odd, 0.0, 1.0)[0].any()


def test_headerless_samples_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.raw").write_bytes(bytes(range(100)))
    with pytest.raises(InputError, match="raw samples do not tell their rate"):
        decode(tmp_path / "a.raw", 0.0, 1.0)
