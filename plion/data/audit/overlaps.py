"""Overlaps between parts: shared speakers, sentences and audio, and classes of test utterances.

A score on test speakers or sentences seen in training says less about unseen ones. Sentences are
searched in all corpora, since training uses them together; speakers only within a corpus, since
`S0012` is another person in another corpus.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from plion.data.audit.duplicates import Groups
from plion.data.audit.reading import Part, Rows

Class = Literal["neither", "speaker", "sentence", "both"]
CLASSES: tuple[Class, ...] = get_args(Class)
PAIRS = (("test", "train"), ("valid", "train"), ("test", "valid"))


@dataclass(frozen=True)
class Overlap:
    """How much of `part` is also in `seen`.

    `speakers`: number of shared speakers, None if either part names none, out of the `of_speakers`
    of `part`. `by_speaker`, `by_sentence` and `by_audio`: numbers of utterances of `part` that
    share it; sentences and audio with the `seen` part of any corpus.
    """

    dataset: str
    part: str
    seen: str
    utterances: int
    speakers: int | None
    of_speakers: int
    by_speaker: int
    by_sentence: int
    by_audio: int


def overlaps(parts: Iterable[Part], groups: Groups) -> list[Overlap]:
    """The overlap of each pair of parts (`PAIRS`) that a corpus has, corpus by corpus."""
    named = {(part.dataset, part.name): part for part in parts}
    names = {seen for _, seen in PAIRS}
    shared = {name: _rows_beside(named, groups, name) for name in names}
    sentences = {name: _sentences(named.values(), name) for name in names}
    return [
        _overlap(named[dataset, part], named[dataset, seen], shared[seen], sentences[seen])
        for dataset in dict.fromkeys(dataset for dataset, _ in named)
        for part, seen in PAIRS
        if (dataset, part) in named and (dataset, seen) in named
    ]


def classes(parts: Iterable[Part], rows: Rows) -> dict[str, dict[str, Class]]:
    """For each corpus with a test part, the class of each test utterance by id.

    An unknown speaker counts as unseen, and so does every speaker of a corpus without a train part.
    """
    named = {(part.dataset, part.name): part for part in parts}
    sentences = _sentences(named.values(), "train")
    found: dict[str, dict[str, Class]] = {}
    for (dataset, name), test in named.items():
        if name == "test":
            train = named.get((dataset, "train"))
            speakers = _in(test.speakers, train.speakers if train else ())
            codes = speakers + 2 * _in(test.sentences, sentences)
            found[dataset] = {
                rows[row].id: CLASSES[code]
                for row, code in zip(test.rows, codes.tolist(), strict=True)
            }
    return found


def _overlap(
    part: Part, seen: Part, shared: Collection[int], sentences: NDArray[np.uint64]
) -> Overlap:
    by_speaker = _in(part.speakers, seen.speakers)
    speakers = np.array(part.speakers)
    known = any(part.speakers) and any(seen.speakers)
    return Overlap(
        dataset=part.dataset,
        part=part.name,
        seen=seen.name,
        utterances=len(part.rows),
        speakers=len(np.unique(speakers[by_speaker == 1])) if known else None,
        of_speakers=len(np.unique(speakers[speakers != 0])),
        by_speaker=int(by_speaker.sum()),
        by_sentence=int(_in(part.sentences, sentences).sum()),
        by_audio=sum(row in shared for row in part.rows),
    )


def _sentences(parts: Iterable[Part], name: str) -> NDArray[np.uint64]:
    """The hashes of all sentences in parts called `name`, over all corpora."""
    hashes = [np.array(part.sentences, dtype=np.uint64) for part in parts if part.name == name]
    return np.unique(np.concatenate([np.empty(0, np.uint64), *hashes]))


def _in(hashes: Collection[int], seen: Collection[int]) -> NDArray[np.int64]:
    """1 for each hash that is not 0 (unknown) and is in `seen`, else 0."""
    own = np.array(hashes, dtype=np.uint64)
    shared: NDArray[np.bool_] = np.isin(own, np.array(seen, dtype=np.uint64)) & (own != 0)
    return shared.astype(np.int64)


def _rows_beside(parts: Mapping[tuple[str, str], Part], groups: Groups, name: str) -> set[int]:
    """Rows with the same audio as a row in a part called `name`, of any corpus."""
    copied = {row for group in groups for row in group}
    there = {
        row for (_, own), part in parts.items() if own == name for row in part.rows if row in copied
    }
    return {row for group in groups if not there.isdisjoint(group) for row in group}
