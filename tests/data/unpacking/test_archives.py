"""Archives that are hostile, contradictory or damaged: refused by name, and nothing is left."""

import io
import random
import re
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from packing import (
    Content,
    open_all,
    packed_tar,
    packed_zip,
    put,
    refusal,
    special,
    tar_of,
    unpacked,
)

from plion.errors import InputError

# Hostile


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "a/../../evil.txt",
        "/tmp/evil.txt",
        "C:/evil.txt",
        "a\\..\\..\\evil.txt",
        "..",
        "x" * 300,
        "/".join(["x" * 100] * 30),
    ],
)
@pytest.mark.parametrize("pack", [packed_tar, packed_zip])
def test_names_that_lead_outside_are_refused(
    source: Path, work: Path, name: str, pack: Callable[[Content], bytes]
) -> None:
    suffix = ".tar" if pack is packed_tar else ".zip"
    content = pack({"good/a.txt": b"a", name: b"evil"})
    message = refusal(put(source / f"a{suffix}", content), work)
    assert f"a{suffix}: member {name[:80]!r}"[:-1] in message
    assert "nothing of it was unpacked" in message


def test_a_zero_in_a_name_is_refused(source: Path, work: Path) -> None:
    put(source / "a.zip", packed_zip({"a/~b": b"evil"}).replace(b"a/~b", b"a/\0b"))
    assert "has a backslash or a zero in its name" in refusal(source, work)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.tar", tar_of(special("../x", tarfile.DIRTYPE))), ("a.zip", packed_zip({"../x/": b""}))],
)
def test_a_folder_that_leads_outside_is_refused(
    source: Path, work: Path, name: str, content: bytes
) -> None:
    put(source / name, content)
    assert "'../x" in (message := refusal(source, work))
    assert "leads out of its folder" in message


@pytest.mark.parametrize(
    ("member", "what"),
    [
        (special("a/link", tarfile.SYMTYPE, "/etc/passwd"), "is a symbolic link"),
        (special("a/link", tarfile.SYMTYPE, "b"), "is a symbolic link"),
        (special("a/hard", tarfile.LNKTYPE, "../../b"), "is a hard link"),
        (special("a/null", tarfile.CHRTYPE), "is a device"),
        (special("a/disk", tarfile.BLKTYPE), "is a device"),
        (special("a/pipe", tarfile.FIFOTYPE), "is a pipe"),
        (special("a/what", b"Q"), "is of type b'Q'"),
    ],
)
def test_links_devices_and_pipes_in_tar_are_refused(
    source: Path, work: Path, member: tarfile.TarInfo, what: str
) -> None:
    put(source / "a.tar", tar_of(tarfile.TarInfo("a/good.txt"), member))
    message = refusal(source, work)
    assert f"a.tar: member {member.name!r} {what}" in message


def test_writing_through_a_link_of_the_same_archive_is_refused(
    tmp_path: Path, source: Path, work: Path
) -> None:
    target = tmp_path / "target"
    target.mkdir()
    link = special("a", tarfile.SYMTYPE, str(target))
    put(source / "a.tar", tar_of(link, tarfile.TarInfo("a/evil.txt")))
    refusal(source, work)
    assert list(target.iterdir()) == []


@pytest.mark.parametrize("mode", [0o120777, 0o020666, 0o060666, 0o010666, 0o140777])
def test_links_devices_and_pipes_in_zip_are_refused(source: Path, work: Path, mode: int) -> None:
    with zipfile.ZipFile(source / "a.zip", "w") as archive:
        member = zipfile.ZipInfo("a/link")
        member.create_system, member.external_attr = 3, mode << 16
        archive.writestr(member, "/etc/passwd")
    assert re.search(
        r"a\.zip: member 'a/link' is a (symbolic link|device|pipe|socket)", refusal(source, work)
    )


def test_an_encrypted_zip_is_refused(source: Path, work: Path) -> None:
    content = bytearray(packed_zip({"a/text.txt": b"secret"}))
    content[6] |= 1  # the flag in the member's own header, and in the directory
    content[content.index(b"PK\x01\x02") + 8] |= 1
    put(source / "a.zip", bytes(content))
    assert "'a/text.txt' is encrypted" in refusal(source, work)


def test_an_unknown_compression_is_named(source: Path, work: Path) -> None:
    content = bytearray(packed_zip({"a/text.txt": b"text"}))
    content[8] = content[content.index(b"PK\x01\x02") + 10] = 9  # Deflate64
    put(source / "a.zip", bytes(content))
    assert "compression" in (message := refusal(source, work))
    assert "unpack it yourself" in message


@pytest.mark.parametrize(
    "files", [{"a": b"", "a/b": b""}, {"a/b": b"", "a": b""}], ids=["file first", "folder first"]
)
@pytest.mark.parametrize("pack", [packed_tar, packed_zip])
def test_a_name_that_is_file_and_folder_is_refused(
    source: Path, work: Path, files: Content, pack: Callable[[Content], bytes]
) -> None:
    suffix = ".tar" if pack is packed_tar else ".zip"
    put(source / f"x{suffix}", pack(files))
    assert "contradicts an earlier member" in refusal(source, work)


@pytest.mark.parametrize(("second", "accepted"), [(b"same", True), (b"else", False)])
def test_a_name_that_comes_twice_must_have_the_same_content(
    source: Path, work: Path, second: bytes, accepted: bool
) -> None:
    first = packed_tar({"a/b.txt": b"same"})[:1024]
    put(source / "a.tar", first + packed_tar({"a/b.txt": second}))
    if accepted:
        open_all(source, work)
        assert unpacked(work) == {"a/b.txt": b"same"}
    else:
        assert "'a/b.txt' contradicts" in refusal(source, work)


# Damaged


WHOLE = {"a/text.txt": b"text" * 500, "a/b.wav": random.Random(0).randbytes(20_000)}
FORMS: dict[str, Callable[[], bytes]] = {
    "a.tar": lambda: packed_tar(WHOLE),
    "a.tar.gz": lambda: packed_tar(WHOLE, "w:gz"),
    "a.tar.bz2": lambda: packed_tar(WHOLE, "w:bz2"),
    "a.tar.xz": lambda: packed_tar(WHOLE, "w:xz"),
    "a.zip": lambda: packed_zip(WHOLE),
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.7])
def test_a_cut_archive_is_refused(source: Path, work: Path, name: str, share: float) -> None:
    content = FORMS[name]()
    put(source / name, content[: int(len(content) * share)])
    message = refusal(source, work)
    assert f"{name} is truncated or damaged" in message
    assert "download it again" in message


@pytest.mark.parametrize("at", [512 + 2048, 512 + 2048 + 512 + 20_480])
def test_a_tar_cut_between_two_members_is_refused(source: Path, work: Path, at: int) -> None:
    content = packed_tar(WHOLE)
    put(source / "a.tar", content[:at])
    assert "is truncated" in refusal(source, work)


@pytest.mark.parametrize("missing", [1, 4, 8])
def test_a_gzip_without_its_whole_checksum_is_refused(
    source: Path, work: Path, missing: int
) -> None:
    put(source / "a.tar.gz", FORMS["a.tar.gz"]()[:-missing])
    assert "is truncated" in refusal(source, work)


def test_a_wrong_checksum_leaves_nothing_behind(source: Path, work: Path) -> None:
    content = bytearray(FORMS["a.tar.gz"]())
    content[-8] ^= 1
    put(source / "a.tar.gz", bytes(content))
    assert "CRC" in refusal(source, work)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("seed", range(25))
def test_flipped_bytes_are_refused_or_do_no_harm(
    source: Path, work: Path, name: str, seed: int
) -> None:
    content, draw = bytearray(FORMS[name]()), random.Random(seed)
    for _ in range(3):
        where = draw.choice([draw.randrange(len(content)), draw.randrange(600)])
        content[where % len(content)] ^= 1 << draw.randrange(8)
    put(source / name, bytes(content))
    before = sorted(work.parents[1].rglob("*"))
    try:
        open_all(source, work)
    except InputError:
        assert unpacked(work) == {}
    outside = [p for p in sorted(work.parents[1].rglob("*")) if work not in (p, *p.parents)]
    assert set(outside) - set(before) <= {work.parent}


@pytest.mark.parametrize("seed", range(25))
def test_damaged_extended_headers_are_refused_or_do_no_harm(
    source: Path, work: Path, seed: int
) -> None:
    draw, buffer = random.Random(seed), io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo("a/" + "தமிழ்" * 10)
        member.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "size": "-5"}
        archive.addfile(member)
    content = bytearray(buffer.getvalue())
    for _ in range(seed):
        content[draw.randrange(1024)] ^= 1 << draw.randrange(8)
    put(source / "a.tar", bytes(content))
    try:
        open_all(source, work)
    except InputError:
        assert unpacked(work) == {}


def test_a_web_page_in_place_of_the_archive_is_refused(source: Path, work: Path) -> None:
    put(source / "a.tar.gz", b"<!DOCTYPE html><html>Please log in</html>" * 50)
    assert "a.tar.gz is truncated or damaged" in refusal(source, work)


def test_a_zip_that_points_outside_itself_is_refused(source: Path, work: Path) -> None:
    content = bytearray(packed_zip({"a/text.txt": b"text"}))
    end = content.index(b"PK\x05\x06")
    struct.pack_into("<L", content, end + 16, 1 << 31)
    put(source / "a.zip", bytes(content))
    assert "or damaged" in refusal(source, work)


def test_a_zip_member_with_a_wrong_checksum_is_refused(source: Path, work: Path) -> None:
    content = packed_zip({"a/b.txt": b"words"}, zipfile.ZIP_STORED)
    put(source / "a.zip", content.replace(b"words", b"sword"))
    assert "or damaged (Bad CRC-32" in refusal(source, work)
