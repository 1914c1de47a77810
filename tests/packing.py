"""Archives made by hand, and what comes of unpacking them."""

import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plion.data.corpora.corpus import Corpus, Entry
from plion.data.corpora.packed import named
from plion.data.corpora.tree import Tree
from plion.data.unpacking.unpack import open_source
from plion.errors import InputError

Content = Mapping[str, bytes]
WAVE = bytes(range(256)) * 40


def packed_tar(files: Content, mode: str = "w") -> bytes:
    """A tar archive of these files, as given."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def packed_zip(files: Content, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, compression)
    return buffer.getvalue()


def tar_of(*members: tarfile.TarInfo) -> bytes:
    """A tar archive of members without content, of any kind."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for member in members:
            archive.addfile(member)
    return buffer.getvalue()


def special(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    return member


def put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def unpacked(work: Path) -> dict[str, bytes]:
    """What a reader finds below a folder."""
    return {
        path.relative_to(work).as_posix(): path.read_bytes()
        for path in sorted(work.rglob("*"))
        if path.is_file() and not path.relative_to(work).parts[0].startswith(".")
    }


def open_all(
    source: Path, work: Path, pieces: str = "(?!)", *looks_for: str, **fields: Any
) -> Tree:
    """The tree of a corpus of these traits; one of its own texts passes for its audio."""
    wanted = Corpus(
        key="test",
        language="en",
        looks_for=looks_for or ("nowhere.txt",),
        read=lambda tree: (Entry(path, path, "") for path in tree.files[:1]),
        pieces=named(pieces),
    )
    return open_source(source, work, replace(wanted, **fields))


def refusal(source: Path, work: Path) -> str:
    """The message; nothing but the source may have been written, nothing be left to read."""
    outside = sorted(path for path in work.parent.rglob("*") if work not in path.parents)
    with pytest.raises(InputError) as error:
        open_all(source, work)
    assert unpacked(work) == {}
    assert not (work / ".unpacking").exists()
    assert sorted(p for p in work.parent.rglob("*") if work not in p.parents and p != work) == [
        path for path in outside if path != work
    ]
    return str(error.value)


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
