"""Find truncated ASF files (WMA, WMV) by the size in their header.

ffmpeg reads them without an error, with a shorter length. Source for the File Properties Object:
Microsoft, "Advanced Systems Format Specification".
"""

from typing import BinaryIO

from plion.data.audio.formats.layout import Layout, Part

_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_SIZE_AT = 40  # bytes from the object's beginning
_HEADER = 1 << 16


def layout(file: BinaryIO, size: int) -> Layout:
    """The single stream of an ASF file of `size` bytes; a fault if its header says more."""
    file.seek(0)
    head = file.read(_HEADER)
    found = head.find(_PROPERTIES)
    stated = int.from_bytes(head[found + _SIZE_AT : found + _SIZE_AT + 8], "little")
    missing = stated - size if found >= 0 else 0
    fault = f"is truncated: {missing:,} of {stated:,} bytes are missing at its end"
    return Layout([Part(0, size)], fault if missing > 0 else None)
