"""The bytes of a file, to be searched and looked at here and there."""

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, TypeAlias

Content: TypeAlias = mmap.mmap | bytes


@contextmanager
def mapped(file: BinaryIO) -> Iterator[Content]:
    """All bytes of a file that is not empty: its map, or where the disk has none, read."""
    try:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError:
        file.seek(0)
        yield file.read()
        return
    with content:
        yield content


class Map:
    """Bytes as a file, in which looking at a few of each frame is fast."""

    def __init__(self, content: Content) -> None:
        self._content, self._at = content, 0

    def seek(self, offset: int, /) -> None:
        self._at = offset

    def read(self, size: int, /) -> bytes:
        return self._content[self._at : self._at + size]
