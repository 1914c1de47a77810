"""Reproducible archives: bytes depend only on names and content (sorted, no times or owners)."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath

_LEVEL = 1  # audio with noise hardly compresses, and is unpacked again at once


def tar_gz(files: Mapping[str, bytes]) -> bytes:
    """A `.tar.gz` of the files by path, each folder before what it holds."""
    packed = io.BytesIO()
    with (
        gzip.GzipFile("", "wb", _LEVEL, packed, mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w") as archive,
    ):
        for name in sorted({*files, *_folders(files)}):
            member = tarfile.TarInfo(name)
            if name in files:
                member.size = len(files[name])
                archive.addfile(member, io.BytesIO(files[name]))
            else:
                member.type, member.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(member)
    return packed.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A `.zip` of the files by path."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(files):
            member = zipfile.ZipInfo(name)  # of 1980
            member.external_attr = 0o644 << 16
            archive.writestr(member, files[name], zipfile.ZIP_DEFLATED, _LEVEL)
    return packed.getvalue()


def _folders(files: Mapping[str, bytes]) -> set[str]:
    parents = (parent for name in files for parent in PurePosixPath(name).parents)
    return {parent.as_posix() for parent in parents} - {"."}
