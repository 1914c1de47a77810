"""Outputs of transcripts: standard output, or a folder with a file per recording."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TextIO

from plion.errors import InputError, printable
from plion.system.files import replacing, writable
from plion.transcription.formats import FORMATS, Spoken
from plion.transcription.recordings import Recording


class Output(Protocol):
    """Takes the transcripts of recordings, one after another."""

    def write(self, recording: Recording, spoken: Iterable[Spoken]) -> None:
        """Writes a transcript; `spoken` yields its segments as they are decoded."""


@dataclass(frozen=True)
class Printed:
    """Writes transcripts to a stream; texts of several recordings follow a name and a tab."""

    stream: TextIO
    format: str
    several: bool

    def write(self, recording: Recording, spoken: Iterable[Spoken]) -> None:
        if self.several and self.format == "txt":
            self.stream.write(f"{_cell(recording.name)}\t")
        for piece in FORMATS[self.format](spoken):
            self.stream.write(piece)
            self.stream.flush()


@dataclass(frozen=True)
class Filed:
    """Writes transcripts to files in a folder, atomically, replacing earlier ones."""

    folder: Path
    format: str

    def write(self, recording: Recording, spoken: Iterable[Spoken]) -> None:
        path = self.path(recording)
        with writable(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as draft:
            with writable(path.parent):
                file = draft.open("w", encoding="utf-8")
            with file:
                file.writelines(FORMATS[self.format](spoken))

    def path(self, recording: Recording) -> Path:
        """Path of a recording's transcript."""
        own = self.folder / recording.output
        return own.with_name(f"{own.name}.{self.format}")


def _cell(name: str) -> str:
    """A file name escaped for a tab-separated column."""
    escaped = name.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
    return printable(escaped)


def output(
    folder: Path | None, stream: TextIO, format: str, recordings: Sequence[Recording]
) -> Output:
    """The output for these recordings: a folder, which is created, or a stream.

    Raises InputError for a folder that cannot be written to, for a transcript whose path is a
    folder, and for subtitles of several recordings on one stream.
    """
    if folder is None:
        if format in ("srt", "vtt") and len(recordings) > 1:
            raise InputError(
                f"--format {format} for {len(recordings)} recordings needs --out FOLDER, with a "
                "file for each"
            )
        return Printed(stream, format, len(recordings) > 1)
    with writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise InputError(f"--out {folder} is not writable: see its permissions")
    filed = Filed(folder, format)
    for path in map(filed.path, recordings):
        if path.is_dir():
            raise InputError(f"{path} is a folder, but a transcript needs this name; move it away")
    return filed
