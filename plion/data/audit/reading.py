"""Read manifests for an audit: a few numbers per utterance, and the ids of odd ones."""

import os
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import accumulate
from pathlib import Path

from tqdm import tqdm

from plion.data.audit.characters import foreign, has_digit, mixed_in, special, unseen
from plion.data.manifest import Manifest, Utterance, read_manifests
from plion.text.languages import Language, Languages
from plion.text.normalize import normalize
from plion.text.shipped import SHIPPED

PROFILE = "strict-1"  # of normalisation: texts that it makes equal count as one sentence
EXAMPLES = 3
_PARTS = {"dev": "valid", "validation": "valid"}  # other file names for a part
_UNKNOWN = 0  # in place of a hash
MISSING = -1  # in place of a size


@dataclass
class Oddity:
    """Utterances with one oddity: all ids, a few examples, and counts of odd characters."""

    ids: list[str] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)
    characters: dict[str, int] = field(default_factory=dict)

    def add(self, id: str, example: str, characters: Sequence[str] = ()) -> None:
        self.ids.append(id)
        for character in characters:
            self.characters[character] = self.characters.get(character, 0) + 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(example)

    def __len__(self) -> int:
        return len(self.ids)


@dataclass
class Part:
    """The utterances of one part of a corpus, as columns, and its oddities.

    `rows`: row numbers; `durations`: seconds; `letters`: characters of the normalised text without
    spaces; `sentences` and `speakers`: 64-bit hashes, 0 for an empty text or unknown speaker.
    """

    dataset: str
    name: str
    language: str
    rows: "array[int]" = field(default_factory=lambda: array("q"))
    durations: "array[float]" = field(default_factory=lambda: array("d"))
    letters: "array[int]" = field(default_factory=lambda: array("q"))
    sentences: "array[int]" = field(default_factory=lambda: array("Q"))
    speakers: "array[int]" = field(default_factory=lambda: array("Q"))
    empty: Oddity = field(default_factory=Oddity)
    digits: Oddity = field(default_factory=Oddity)
    mixed: Oddity = field(default_factory=Oddity)
    foreign: Oddity = field(default_factory=Oddity)
    unseen: Oddity = field(default_factory=Oddity)
    special: Oddity = field(default_factory=Oddity)
    tagged: Oddity = field(default_factory=Oddity)

    def add(self, row: int, utterance: Utterance, language: Language) -> None:
        text = normalize(utterance.text, language, PROFILE)
        self.rows.append(row)
        self.durations.append(utterance.duration)
        self.letters.append(len(text) - text.count(" "))
        self.sentences.append(_hash(text))
        self.speakers.append(_hash(utterance.speaker or ""))
        self._note_oddities(utterance, text, language)

    def _note_oddities(self, utterance: Utterance, normalised: str, language: Language) -> None:
        written = utterance.text
        if not normalised:
            self.empty.add(utterance.id, utterance.id)
        if has_digit(written):
            self.digits.add(utterance.id, utterance.id)
        if tokens := special(written):
            self.special.add(utterance.id, f"{utterance.id} ({tokens[0]})")
        if utterance.tag:
            self.tagged.add(utterance.id, f"{utterance.id} ({utterance.tag})")
        for oddity, characters in (
            (self.mixed, mixed_in(written, language)),
            (self.foreign, foreign(written, language)),
            (self.unseen, unseen(written)),
        ):
            if characters:
                oddity.add(utterance.id, utterance.id, characters)


class Rows:
    """The utterances of several manifests, numbered consecutively, with sizes of audio files."""

    def __init__(self, manifests: Sequence[Manifest]) -> None:
        self._manifests = manifests
        self._starts = list(accumulate((len(m) for m in manifests), initial=0))
        self.sizes = array("q")  # bytes, MISSING for a file that is not there
        self.offsets = array("d")  # seconds

    def __getitem__(self, row: int) -> Utterance:
        number = bisect_right(self._starts, row) - 1
        return self._manifests[number][row - self._starts[number]]

    def add(self, utterance: Utterance) -> None:
        try:
            self.sizes.append(os.stat(utterance.audio).st_size)
        except OSError:
            self.sizes.append(MISSING)
        self.offsets.append(utterance.offset)


def read_parts(paths: Sequence[Path], languages: Languages = SHIPPED) -> tuple[Rows, list[Part]]:
    """Read manifests: their rows, and their parts in order; the file name gives the part.

    Raises InputError for a manifest that cannot be read or has no utterance.
    """
    manifests = read_manifests(paths, languages)
    rows = Rows(manifests)
    parts: dict[tuple[str, str], Part] = {}
    total = sum(len(manifest) for manifest in manifests)
    with tqdm(total=total, desc="reading", unit=" utterances", leave=False) as bar:
        for manifest in manifests:
            name = _PARTS.get(manifest.path.stem, manifest.path.stem)
            for utterance in manifest:
                key = (utterance.dataset, name)
                if key not in parts:
                    parts[key] = Part(*key, utterance.language)
                parts[key].add(len(rows.sizes), utterance, languages[utterance.language])
                rows.add(utterance)
                bar.update()
    return rows, list(parts.values())


def _hash(text: str) -> int:
    if not text:
        return _UNKNOWN
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())
