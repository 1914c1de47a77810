"""Unpack tar and zip archives into a draft, in one sequential pass.

Only plain files and folders are accepted. Nothing in an archive is trusted: names, kinds, sizes and
number of members are checked, and that it is complete.
"""

import bz2
import errno
import gzip
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Self

from tqdm.utils import CallbackIOWrapper

from plion.data.unpacking.draft import CHUNK, LEAST, Draft
from plion.errors import InputError

ENCRYPTED = 0x1  # bit of a zip member's flags
LONGEST_HEADER = 1 << 16  # bytes of the extended headers of tar, which are read into memory

_SPECIAL = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
_TAR_KINDS = {
    tarfile.SYMTYPE: "is a symbolic link",
    tarfile.LNKTYPE: "is a hard link",
    tarfile.CHRTYPE: "is a device",
    tarfile.BLKTYPE: "is a device",
    tarfile.FIFOTYPE: "is a pipe",
}
_ZIP_KINDS = {
    stat.S_IFLNK: "is a symbolic link",
    stat.S_IFCHR: "is a device",
    stat.S_IFBLK: "is a device",
    stat.S_IFIFO: "is a pipe",
    stat.S_IFSOCK: "is a socket",
}
# What the libraries raise for damaged archives. Chained headers of a tar cause a RecursionError.
_DAMAGE = (
    EOFError,
    RecursionError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)


def unpack_archive(path: Path, draft: Draft, progress: Callable[[int], object]) -> None:
    """Write the files of a tar or zip archive to a draft.

    `progress` is called with numbers of bytes of the archive that were processed. Raises InputError
    for an archive that is damaged, truncated or encrypted, or that has members other than files and
    folders, or names that lead out of its folder.
    """
    with _damage_told(draft.archive):
        if path.name.lower().endswith(".zip"):
            _unpack_zip(path, draft, progress)
        else:
            _unpack_tar(path, draft, progress)


@contextmanager
def _damage_told(archive: str) -> Iterator[None]:
    try:
        yield
    except NotImplementedError as error:
        raise InputError(f"{archive}: {error}; unpack it yourself and give the folder") from error
    except _DAMAGE as error:
        raise _damaged(archive, error) from error
    except OSError as error:
        # gzip and bz2 give no errno; seeking to a wrong position of a zip gives EINVAL.
        if error.errno not in (None, errno.EINVAL):
            raise
        raise _damaged(archive, error) from error


def _damaged(archive: str, error: Exception) -> InputError:
    return InputError(
        f"{archive} is truncated or damaged ({str(error) or type(error).__name__}); "
        "download it again"
    )


class _Header(tarfile.TarInfo):
    """A tar header that raises for damage, which tarfile may take for the end of an archive."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        header = super().frombuf(buf, encoding, errors)
        if header.size < 0 or (header.type in _SPECIAL and header.size > LONGEST_HEADER):
            raise tarfile.ReadError(f"a header of {header.size} bytes")
        return header

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> Self:
        try:
            return super().fromtarfile(archive)
        except tarfile.HeaderError as error:
            if isinstance(error, tarfile.EOFHeaderError):  # type: ignore[attr-defined]
                raise
            raise tarfile.ReadError(str(error)) from error


def _unpack_tar(path: Path, draft: Draft, progress: Callable[[int], object]) -> None:
    with (
        path.open("rb") as file,
        closing(_decompressed(path, CallbackIOWrapper(progress, file, "read"))) as stream,
    ):
        with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header) as archive:
            while (member := archive.next()) is not None:
                _add(archive, member, draft)
                # The list would grow with the archive.
                archive.members.clear()  # type: ignore[attr-defined]
        while rest := stream.read(CHUNK):  # to the end, where the checksum is verified
            draft.take(len(rest))


def _decompressed(path: Path, file: IO[bytes]) -> IO[bytes]:
    """The uncompressed tar stream, by the first bytes, since suffixes may be wrong."""
    with path.open("rb") as first:
        magic = first.read(6)
    if magic.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=file)  # type: ignore[return-value]
    if magic.startswith(b"BZh"):
        return bz2.BZ2File(file)
    if magic == b"\xfd7zXZ\0":
        return lzma.LZMAFile(file)
    return file


def _add(archive: tarfile.TarFile, member: tarfile.TarInfo, draft: Draft) -> None:
    if member.isdir():
        draft.parts(member.name)
        draft.take(LEAST)
    elif not member.isreg():
        draft.refuse(member.name, _TAR_KINDS.get(member.type, f"is of type {member.type!r}"))
    elif member.size < 0:
        raise tarfile.ReadError(f"{member.name!r} of {member.size} bytes")
    else:
        source = archive.extractfile(member)
        assert source is not None  # None only for links and devices
        with source:
            draft.add(member.name, member.size, source)


def _unpack_zip(path: Path, draft: Draft, progress: Callable[[int], object]) -> None:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            kind = stat.S_IFMT(member.external_attr >> 16)
            name = member.orig_filename  # `filename` is cut at a NUL
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                draft.refuse(name, _ZIP_KINDS.get(kind, "is not a plain file"))
            if member.flag_bits & ENCRYPTED:
                draft.refuse(name, "is encrypted: unpack it yourself and give the folder")
            if member.is_dir():
                draft.parts(name)
                draft.take(LEAST)
            else:
                with archive.open(member) as source:
                    draft.add(name, member.file_size, source)
            progress(member.compress_size)
