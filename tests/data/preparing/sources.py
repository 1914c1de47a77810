"""Corpora made by hand, as a reader lists them or as published, and what was prepared of one."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from plion.data.corpora.catalogue import CORPORA
from plion.data.corpora.corpus import Corpus, Entry
from plion.data.corpora.tree import Tree
from plion.data.preparing.prepared import Report


def recording(path: Path, seconds: float = 0.5, rate: int = 8_000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.zeros(round(seconds * rate), np.int16)
    soundfile.write(os.fsencode(path), samples, rate, format="WAV")


class Source:
    """A corpus of entries as a test gives them, all with a recording of half a second."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)

    def tree(self) -> Tree:
        return Tree(self.folder.name, [self.folder])

    def entries(self, count: int, part: str | None = None, **fields: str) -> list[Entry]:
        """Utterances with an own speaker each, and a text."""
        entries = []
        for number in range(count):
            name = f"{part or 'all'}-{number:03d}"
            recording(self.folder / f"{name}.wav")
            entries.append(
                Entry(name, f"{self.folder.name}/{name}.wav", "text", part, f"of {name}", **fields)
            )
        return entries


def corpus(key: str, entries: list[Entry]) -> Corpus:
    """One of the catalogue that lists these utterances."""
    return replace(CORPORA[key], read=lambda tree: iter(entries))


def rows(out: Path, key: str, part: str) -> list[dict]:
    path = out / key / f"{part}.jsonl"
    return [json.loads(line) for line in path.open(encoding="utf-8")] if path.exists() else []


def ids(out: Path, key: str, part: str) -> list[str]:
    return [row["id"] for row in rows(out, key, part)]


def sizes(report: Report) -> list[int]:
    return [
        report.splits[part].utterances if part in report.splits else 0
        for part in ("train", "valid", "test")
    ]


def files(folder: Path) -> dict[str, bytes]:
    """All files of a prepared corpus but the lock."""
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if path.is_file() and path.name != ".lock"
    }


def mile(folder: Path, train: int = 300, test: int = 30) -> Path:
    """SLR127 as published."""
    for part, count in (("train", train), ("test", test)):
        texts = folder / part / "trans_files"
        texts.mkdir(parents=True)
        for number in range(count):
            stem = f"MILE_{number % 7:07d}_{number:07d}{part == 'test':d}"
            (texts / f"{stem}.txt").write_text("ஒன்று இரண்டு\n", encoding="utf-8")
            recording(folder / part / "audio_files" / f"{stem}.wav", 0.1 + number % 5 / 10)
    return folder


def hub_set(folder: Path, count: int = 2) -> Path:
    """A dataset of the hub with as many utterances in each of the three parts."""
    for part in ("train", "validation", "test"):
        for number in range(count):
            recording(folder / part / f"{number}.wav")
        lines = [json.dumps({"file_name": f"{n}.wav", "text": "ஒன்று"}) for n in range(count)]
        (folder / part / "metadata.jsonl").write_text("\n".join(lines))
    return folder
