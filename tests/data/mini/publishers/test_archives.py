"""Archives that depend on names and content alone."""

import gzip
import io
import tarfile
import zipfile

from plion.data.mini.publishers.archives import tar_gz, zipped

FILES = {"b/two.wav": b"2", "a/deep/one.wav": b"1", "top.txt": b"0"}


def test_the_order_in_which_files_come_does_not_count() -> None:
    turned = dict(reversed(FILES.items()))
    assert tar_gz(FILES) == tar_gz(turned) and zipped(FILES) == zipped(turned)


def test_a_tar_has_no_times_or_owners_and_folders_before_their_files() -> None:
    packed = tar_gz(FILES)
    assert packed[4:8] == bytes(4)  # gzip's time
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(packed))) as archive:
        assert archive.getnames() == ["a", "a/deep", "a/deep/one.wav", "b", "b/two.wav", "top.txt"]
        assert {(one.mtime, one.uid, one.uname) for one in archive} == {(0, 0, "")}
        assert archive.extractfile("a/deep/one.wav").read() == b"1"  # type: ignore[union-attr]


def test_a_zip_is_of_1980() -> None:
    with zipfile.ZipFile(io.BytesIO(zipped(FILES))) as archive:
        assert archive.namelist() == ["a/deep/one.wav", "b/two.wav", "top.txt"]
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.read("b/two.wav") == b"2"
