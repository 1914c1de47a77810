"""Simulated studies whose variances are known: what a prediction of power is compared with.

The chance of an error adds up: of its speaker, hard or easy for all; of the cell on the speaker; of
the run, on all sets and on each. So every variance of a rate is known in closed form. What is
simulated is counts of errors; no model is trained, and no text is aligned.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plion.scoring.statistics.bootstrap import Sample
from plion.scoring.statistics.estimate import Interval
from plion.scoring.statistics.intervals import contrast
from plion.scoring.statistics.power.components import Components, OfRuns
from plion.scoring.statistics.resampling.clusters import Clusters

MEAN, SPEAKERS_DIFFER = 0.2, 0.05  # the chance of an error, and its deviation over speakers


@dataclass(frozen=True)
class Known:
    """A study of cells of so many seeds; deviations are in points of the error rate.

    of_run, on_set: of a run, on all sets and on each. on_speaker: of a cell on a speaker.
    """

    cells: int
    seeds: int
    sets: int = 4
    speakers: int = 40
    words: int = 80  # of each speaker
    of_run: float = 0.4
    on_set: float = 0.5
    on_speaker: float = 3.0

    @property
    def components(self) -> Components:
        """The true variances of the difference of two cells on the macro average."""
        chance = MEAN * (1 - MEAN) - SPEAKERS_DIFFER**2 - (self.on_speaker / 100) ** 2
        both = 1e4 * chance / (self.sets * self.speakers * self.words)
        alone = self.on_set**2 / self.sets + both
        runs = OfRuns(
            variance=self.of_run**2 + alone,
            independent=self.of_run**2 / self.sets + alone,
            sets=self.sets,
            both=both,
            freedom=np.inf,
        )
        floor = 2 * self.on_speaker**2 / (self.sets * self.speakers)
        clusters = self.sets * (self.speakers - 1)
        return Components(runs, (1.0, 1.0), self.cells, floor, clusters)

    @property
    def codes(self) -> np.ndarray:
        """The cell of each run."""
        return np.repeat(np.arange(self.cells), self.seeds)

    def tested(self, number: int, difference: float, replicates: int) -> Interval:
        """A study of a number, whose second cell is worse by a difference, as results test it."""
        samples, codes = self._study(np.random.default_rng((number, self.seeds)), difference)
        sides = ((codes == 1) * 1.0 - (codes == 0)) / self.seeds
        return contrast(samples, sides, replicates, cells=codes.tolist())

    def found(self, studies: Sequence[int], difference: float, replicates: int = 2000) -> float:
        """In which part of simulated studies the difference is found, at p 0.05."""
        return float(
            np.mean([self.tested(one, difference, replicates).p <= 0.05 for one in studies])
        )

    def _study(
        self, rng: np.random.Generator, difference: float
    ) -> tuple[list[Sample], np.ndarray]:
        codes, kinds = self.codes, tuple(map(str, range(self.speakers)))
        of_run = rng.normal(0, self.of_run, len(codes)) + difference * (codes == 1)
        samples = []
        for key in map(str, range(self.sets)):
            runs = of_run + rng.normal(0, self.on_set, len(codes))
            cells = rng.normal(0, self.on_speaker, (self.cells, self.speakers))
            hard = rng.normal(MEAN, SPEAKERS_DIFFER, self.speakers)
            chance = np.clip(hard + (cells[codes] + runs[:, None]) / 100, 0, 1)
            clusters = Clusters("speaker", np.arange(self.speakers), kinds)
            lengths = np.full(self.speakers, self.words)
            samples.append(Sample(key, rng.binomial(self.words, chance), lengths, clusters))
        return samples, codes
