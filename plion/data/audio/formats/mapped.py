"""Memory-map a file to search it and read parts of it fast."""

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, TypeAlias

Content: TypeAlias = mmap.mmap | bytes


@contextmanager
def mapped(file: BinaryIO) -> Iterator[Content]:
    """Map a file that is not empty; read it whole where the file system cannot map it."""
    try:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError:
        file.seek(0)
        yield file.read()
        return
    with content:
        yield content


class Map:
    """Bytes with the interface of a file, faster for many small reads."""

    def __init__(self, content: Content) -> None:
        self._content, self._at = content, 0

    def seek(self, offset: int, /) -> None:
        self._at = offset

    def read(self, size: int, /) -> bytes:
        return self._content[self._at : self._at + size]
