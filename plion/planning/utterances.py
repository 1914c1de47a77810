"""The training utterances, corpus by corpus, in the order in which a plan numbers them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from plion.config.schema import Experiment
from plion.data.manifest import Manifest, Utterance
from plion.sampling.batches import Lengths
from plion.sampling.clip_cost import ClipCost
from plion.sampling.mixture import Statistics


@dataclass(frozen=True, eq=False)
class TrainSet:
    """The training utterances of a corpus, in the order in which a plan numbers them.

    Arrays of one value per utterance: `rows`: row in the manifest; `durations`: seconds; `words`:
    tokens of the text and of `data.context`; `tokens`: supervised tokens (None if unknown).
    `clip_cost`: the cost of each for the model. `manifest` is None for a corpus known only by
    its published size. `too_long`: number of utterances left out because the model or no batch
    holds them. `published`: published hours divided by the hours of the simulated durations.
    """

    key: str
    language: str
    durations: np.ndarray
    rows: np.ndarray
    clip_cost: ClipCost
    manifest: Manifest | None = None
    words: np.ndarray | None = None
    tokens: np.ndarray | None = None
    too_long: int = 0
    published: float = 1.0

    @property
    def hours(self) -> float:
        return self.published * float(self.durations.sum()) / 3600

    @property
    def statistics(self) -> Statistics:
        """The sizes that sampling policies use."""
        return Statistics(
            key=self.key,
            language=self.language,
            utterances=len(self.rows),
            hours=self.hours,
            tokens=None if self.tokens is None else float(self.tokens.sum()),
        )

    def without(self, too_long: np.ndarray) -> "TrainSet":
        """The set without the utterances marked in `too_long` (bool mask), which it counts."""
        used = ~too_long
        words, tokens = (by if by is None else by[used] for by in (self.words, self.tokens))
        return replace(
            self,
            durations=self.durations[used],
            rows=self.rows[used],
            words=words,
            tokens=tokens,
            too_long=int(too_long.sum()),
        )


def lengths(train_sets: Sequence[TrainSet], exp: Experiment) -> Lengths:
    """The lengths of all utterances, indexed by a plan's numbers."""

    def joined(columns: Iterable[np.ndarray | None]) -> np.ndarray | None:
        known = [column for column in columns if column is not None]
        return np.concatenate(known) if len(known) == len(train_sets) else None

    return Lengths(
        seconds=np.concatenate([one.durations for one in train_sets]),
        clip_cost=train_sets[0].clip_cost,
        tokens=joined(one.tokens for one in train_sets),
        words=joined(one.words for one in train_sets),
        speed=exp.data.augment.slowest,
        stretch=exp.data.augment.stretch,
    )


class Utterances:
    """The training utterances, indexed by a plan's numbers.

    Passed to loader workers and therefore small to pickle: it holds the manifests, which read rows
    on demand, and the rows that are left out.
    """

    def __init__(self, train_sets: Sequence[TrainSet]) -> None:
        self._manifests: list[Manifest] = []
        self._used_before: list[np.ndarray] = []
        for one in train_sets:
            if one.manifest is None:
                raise ValueError("a plan from published figures has no utterances")
            left_out = np.delete(np.arange(len(one.manifest)), one.rows)
            self._manifests.append(one.manifest)
            # Number of used rows before each row that is left out.
            self._used_before.append(left_out - np.arange(len(left_out)))
        self._ends = np.cumsum([len(one.rows) for one in train_sets])

    def __len__(self) -> int:
        return int(self._ends[-1])

    def __getitem__(self, number: int) -> Utterance:
        corpus = int(np.searchsorted(self._ends, number, side="right"))
        used = number - (int(self._ends[corpus - 1]) if corpus else 0)
        left_out = int(np.searchsorted(self._used_before[corpus], used, side="right"))
        return self._manifests[corpus][used + left_out]
