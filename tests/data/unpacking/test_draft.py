"""How much comes out of an archive, and how much of it is held in memory."""

import gzip
import re
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from packing import (
    open_all,
    packed_tar,
    packed_zip,
    put,
    refusal,
    special,
)

from plion.data.unpacking import archives, draft
from plion.errors import InputError


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft, "FREE", 1 << 20)


BOMBS: dict[str, Callable[[], bytes]] = {
    "one.tar.gz": lambda: packed_tar({"a/zeros": bytes(3 << 20)}, "w:gz"),
    "one.tar.bz2": lambda: packed_tar({"a/zeros": bytes(3 << 20)}, "w:bz2"),
    "one.tar.xz": lambda: packed_tar({"a/zeros": bytes(3 << 20)}, "w:xz"),
    "one.zip": lambda: packed_zip({"a/zeros": bytes(3 << 20)}),
    "many.tar.gz": lambda: packed_tar({f"a/{n}": b"" for n in range(600)}, "w:gz"),
    "many.zip": lambda: packed_zip({f"a/{n}": b"" for n in range(4000)}),
    "hidden.tar.gz": lambda: packed_tar({f"a/.{n}": bytes(1 << 20) for n in range(3)}, "w:gz"),
    "tail.tar.gz": lambda: gzip.compress(packed_tar({"a/b": b""}) + bytes(3 << 20)),
}


@pytest.mark.usefixtures("small_limit")
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_stops_at_the_limit(source: Path, work: Path, name: str) -> None:
    put(source / name, BOMBS[name]())
    message = refusal(source, work)
    assert re.search(rf"{name} unpacks to more than [\d,]+ bytes \(1 GiB and 20 times", message)


@pytest.mark.usefixtures("small_limit")
def test_archives_within_an_archive_share_its_limit(source: Path, work: Path) -> None:
    inner = {f"x/{n}.zip": packed_zip({f"{n}/zeros": bytes(400 << 10)}) for n in range(4)}
    put(source / "a.zip", packed_zip(inner))
    for _ in range(2):  # what was done before counts when it is repeated
        with pytest.raises(InputError, match=r"a\.zip unpacks to more than"):
            open_all(source, work)


def test_a_declared_size_is_not_believed(source: Path, work: Path) -> None:
    member = tarfile.TarInfo("a/huge")
    member.size = 1 << 50
    put(source / "a.tar", member.tobuf(tarfile.GNU_FORMAT))
    assert "unpacks to more than" in refusal(source, work)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_long_headers_are_not_read_into_memory(source: Path, work: Path, kind: bytes) -> None:
    header = tarfile.TarInfo("header")
    header.type, header.size = kind, 1 << 30
    put(source / "a.tar", header.tobuf(tarfile.GNU_FORMAT) + bytes(1 << 12))
    assert "a header of 1073741824 bytes" in refusal(source, work)


def test_chained_headers_are_damage(source: Path, work: Path) -> None:
    header = special("header", tarfile.XHDTYPE).tobuf(tarfile.GNU_FORMAT)
    put(source / "a.tar", header * 5000)
    assert "or damaged" in refusal(source, work)


def test_members_are_forgotten_as_they_are_read(
    source: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = []
    add = archives._add

    def counting(archive: tarfile.TarFile, *rest: object) -> None:
        held.append(len(archive.members))  # type: ignore[attr-defined]
        add(archive, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(archives, "_add", counting)
    put(source / "a.tar", packed_tar({f"a/{n}.wav": b"" for n in range(50)}))
    open_all(source, work)
    assert len(held) == 50
    assert max(held) == 1


def test_members_are_copied_in_pieces(source: Path, work: Path) -> None:
    sizes: list[int] = []

    class Endless:
        left = 5 << 20

        def read(self, size: int, /) -> bytes:
            sizes.append(size)
            chunk = bytes(min(size, self.left))
            self.left -= len(chunk)
            return chunk

    archive = put(source / "a.zip", b"")
    work.mkdir(parents=True)
    draft.Draft(str(archive), work, draft.Budget(archive)).add("a/zeros", 5 << 20, Endless())
    assert max(sizes) <= draft.CHUNK
    assert (work / "a/zeros").stat().st_size == 5 << 20
