"""Where transcripts go: to standard output, or into a folder, a file for each recording."""

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
        """Writes a transcript; `spoken` is what there is of it, as it comes."""


@dataclass(frozen=True)
class Printed:
    """Transcripts on a stream; of several, a text follows its recording's name and a tab."""

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
    """Transcripts in a folder; a file appears whole or not at all, in the place of an earlier."""

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
        """Where a recording's transcript is written."""
        own = self.folder / recording.output
        return own.with_name(f"{own.name}.{self.format}")


def _cell(name: str) -> str:
    """A name in a column of a table, on any terminal."""
    escaped = name.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
    return printable(escaped)


def output(
    folder: Path | None, stream: TextIO, format: str, recordings: Sequence[Recording]
) -> Output:
    """Where these transcripts go: into a folder, which is made, or to a stream.

    Raises InputError for a folder that cannot be written to, for a file of it that is a folder, and
    for subtitles of several recordings in one stream: they would be one film's.
    """
    if folder is None:
        if format in ("srt", "vtt") and len(recordings) > 1:
            raise InputError(
                f"--format {format} of {len(recordings)} recordings needs --out FOLDER, where each "
                "has a file of its own"
            )
        return Printed(stream, format, len(recordings) > 1)
    with writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise InputError(f"--out {folder} may not be written to: see its permissions")
    filed = Filed(folder, format)
    for path in map(filed.path, recordings):
        if path.is_dir():
            raise InputError(f"{path} is a folder; a transcript is to be written there")
    return filed
