"""Find a sample rate of 0 in WAV and FLAC headers, which libsndfile refuses without saying why.

Source for FLAC's STREAMINFO: RFC 9639.
"""

from pathlib import Path

from plion.data.audio.formats.riff import chunks


def has_no_rate(path: str | Path) -> bool:
    """Whether the header of a WAV or FLAC file gives its rate as 0 Hz."""
    with open(path, "rb") as file:
        if file.read(4) == b"fLaC":
            return int.from_bytes(file.read(17)[14:], "big") >> 4 == 0
        for name, at, size in chunks(file):
            if name == b"fmt ":
                file.seek(at + 8)
                return size >= 8 and file.read(8)[4:] == bytes(4)
    return False
