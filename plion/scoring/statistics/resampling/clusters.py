"""Clusters: utterances that are resampled together because their errors are correlated.

An interval that treats the utterances of one speaker as independent is too narrow, because error
rates differ between speakers (Liu and Peng, "Statistical testing on ASR performance via blockwise
bootstrap", Interspeech 2020). So whole speakers are resampled; if speakers are unknown or there is
only one, all readings of a sentence; else single utterances. If sentences recur between known
speakers, both kinds of clusters count (crossed).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UTTERANCE = "utterance"
MINIMUM = 30  # with fewer clusters a bootstrap's intervals are too narrow


@dataclass(frozen=True, eq=False)
class Clusters:
    """The cluster of each utterance of a test set.

    kind: `speaker`, `sentence`, `block` (given by the manifest), `utterance`, or a mix of them.
    codes: (utterances,) indices into names. names: begin with their kind, so that speaker 7 and
    sentence 7 differ. crossed: if sentences recur in several clusters, the clusters by sentence.
    """

    kind: str
    codes: NDArray[np.intp]
    names: tuple[str, ...]
    crossed: "Clusters | None" = None

    @property
    def described(self) -> str:
        """`20 speakers`, `49 speakers x 128 sentences`."""
        plural = "clusters" if " or " in self.kind else f"{self.kind}s"
        own = f"{len(self.names)} {plural if len(self.names) > 1 else self.kind}"
        return f"{own} x {self.crossed.described}" if self.crossed else own


def single(utterances: int, key: str = "") -> Clusters:
    """Clusters of one utterance each, with names that begin with the set's `key`."""
    names = tuple(f"{key} {number}" for number in range(utterances))
    return Clusters(UTTERANCE, np.arange(utterances), names)


def corpus(key: str, language: str) -> str:
    """The corpus of a benchmark: `fleurs` for `fleurs_ta`, which shares sentences with others."""
    return key.removesuffix(f"_{language}")


def clusters(
    given: Sequence[str | None], speakers: Sequence[str | None], sentences: Sequence[str | None]
) -> Clusters:
    """The clusters of utterances, from the manifest's `block`, `speaker` and `sentence` of each.

    Takes the block if given, else the speaker, else the sentence; an utterance without any is a
    cluster of its own. If all fall into one cluster, the next of the three that separates them is
    taken, else single utterances.
    """
    names, kinds = [], Counter[str]()
    for place, (block, speaker, sentence) in enumerate(
        zip(given, speakers, sentences, strict=True)
    ):
        known = {"speaker": speaker, "sentence": sentence, "block": block}
        name = block or speaker or sentence
        kind = next((kind for kind, value in known.items() if value and value == name), UTTERANCE)
        names.append(f"{kind} {name or place}")
        kinds[kind] += 1
    found = _coded(" or ".join(kind for kind, _ in kinds.most_common()), names)
    if len(found.names) < 2:
        unknown = [None] * len(names)
        if any(given):
            return clusters(unknown, speakers, sentences)
        return clusters(unknown, unknown, sentences) if any(speakers) else single(len(names))
    if "speaker" not in kinds and "block" not in kinds:
        return found
    named = [f"sentence {s}" if s else f"{UTTERANCE} {n}" for n, s in enumerate(sentences)]
    read = _coded("sentence", named)
    pairs = len(set(zip(found.codes.tolist(), read.codes.tolist(), strict=True)))
    # As many pairs as sentences means that no sentence recurs with another speaker.
    recur = len(read.names) > 1 and pairs > len(read.names)
    return Clusters(found.kind, found.codes, found.names, read) if recur else found


def _coded(kind: str, names: Sequence[str]) -> Clusters:
    known, codes = np.unique(np.array(names, dtype=object), return_inverse=True)
    return Clusters(kind, codes, tuple(known))
