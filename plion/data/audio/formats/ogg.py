"""Find chained streams and truncation in Ogg files, by their pages.

libsndfile reads only the first stream of a chain, and does not notice that a last page is missing.
Source for pages: RFC 3533.
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
    """A link of a chain: streams that begin together, mostly one (a video has more)."""

    start: int
    open: set[bytes] = field(default_factory=set)  # serial numbers
    goes_on: bool = False  # whether pages after the first ones were seen


def layout(file: BinaryIO, size: int) -> Layout:
    """The streams of an Ogg file of `size` bytes. Reads page headers only."""
    links: list[_Link] = []
    for start, flags, serial in _pages(file, size):
        if flags & _FIRST and (not links or links[-1].goes_on):
            links.append(_Link(start))
        if not links:
            continue  # a page of a stream that began before the file
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
    """Position, flags and serial number of each page; a cut page loses the flag of a last page."""
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
    """The position of the next page after `at`, where there is no page or a cut one."""
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
