"""Corpora made by hand: a manifest of each part, and small files in place of audio."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plion.data.audit.audit import Audit, audit
from plion.data.manifest import write_manifest

LETTERS = {"en": "abcdefghij", "zh": "一二三四五六七八九十", "ta": "கசடதபறயரலவ"}
PARTS = ("train", "valid", "dev", "test")
LANGUAGES = {"nsc": "en", "fleurs_zh": "zh", "slr65": "ta", "slr127": "ta", "aishell3": "zh"}


@dataclass
class Corpora:
    """Writes manifests below a folder and audits all that it has written."""

    root: Path

    def part(self, dataset: str, part: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Rows are numbered; where nothing is said, each has a text and an audio file of its own.

        `content` is the bytes of the audio file, None for a file that is not there.
        """
        folder = self.root / dataset
        folder.mkdir(exist_ok=True)
        complete = []
        for number, row in enumerate(rows):
            id = f"{part}-{number}"
            given = dict(row)
            content = given.pop("content", f"{dataset} {id}".encode())
            audio = given.setdefault("audio", f"{id}.wav")
            if content is not None:
                (folder / audio).write_bytes(content)
            language = LANGUAGES[dataset]
            digits = f"{PARTS.index(part)}{number:07}"
            own = {
                "id": id,
                "text": "".join(LETTERS[language][int(digit)] for digit in digits),
                "language": language,
                "dataset": dataset,
                "duration": 2.0,
            }
            complete.append({**own, **given})
        write_manifest(folder / f"{part}.jsonl", complete)

    def audit(self) -> Audit:
        return audit(sorted(self.root.glob("*/*.jsonl")))
