"""The pages of an Ogg file: where its streams follow each other, and whether the last one ends.

libsndfile reads the first stream of a chain, and takes the page at which a file was cut for its
last one. Pages are those of RFC 3533.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from plion.data.audio.formats.layout import Layout, Part

_CAPTURE = b"OggS"
_HEADER = 27
_FIRST, _LAST = 2, 4  # flags of a page
_SEARCH = 1 << 16


@dataclass
class _Link:
    """Streams that begin together: mostly one, with a film's pictures more."""

    start: int
    open: set[bytes] = field(default_factory=set)  # serial numbers
    goes_on: bool = False  # past the first pages


def layout(file: BinaryIO, size: int) -> Layout:
    """The streams of an Ogg file of so many bytes. Reads the heads of its pages alone."""
    links: list[_Link] = []
    for start, flags, serial in _pages(file, size):
        if flags & _FIRST and (not links or links[-1].goes_on):
            links.append(_Link(start))
        if not links:
            continue  # a page of what began before the file
        links[-1].goes_on |= not flags & _FIRST
        if flags & _FIRST:
            links[-1].open.add(serial)
        if flags & _LAST:
            links[-1].open.discard(serial)
    ends = [*(link.start for link in links[1:]), size]
    parts = [Part(link.start, end) for link, end in zip(links, ends, strict=True)] if links else []
    cut = any(link.open for link in links)
    return Layout(parts or [Part(0, size)], "is cut off: its last page is missing" if cut else None)


def _pages(file: BinaryIO, size: int) -> Iterator[tuple[int, int, bytes]]:
    """First byte, flags and serial number of each page; a page that is cut off is no last one."""
    at: int | None = 0
    while at is not None:
        file.seek(at)
        head = file.read(_HEADER + 255)
        if len(head) < _HEADER or head[:4] != _CAPTURE:
            at = _next(file, at)
            continue
        count = head[26]
        end = at + _HEADER + count + sum(head[_HEADER : _HEADER + count])
        after = end if end == size or _begins(file, end) else _next(file, at)
        whole = end <= size and (after is None or after >= end)
        yield at, head[5] if whole else head[5] & ~_LAST, head[14:18]
        at = after


def _begins(file: BinaryIO, at: int) -> bool:
    file.seek(at)
    return file.read(len(_CAPTURE)) == _CAPTURE


def _next(file: BinaryIO, at: int) -> int | None:
    """Where the next page begins, after what is none or cut off."""
    at += 1
    while True:
        file.seek(at)
        block = file.read(_SEARCH)
        found = block.find(_CAPTURE)
        if found >= 0:
            return at + found
        if len(block) < _SEARCH:
            return None
        at += _SEARCH - len(_CAPTURE) + 1
