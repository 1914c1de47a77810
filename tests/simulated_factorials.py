"""Simulated factorial studies with known variances of seeds and speakers, and their tests.

A run's rate on a speaker is the truth of its cell, plus normal deviates of the run, of the speaker
(the same for all runs), of the cell on the speaker, and of the run on the speaker. Texts are so
long that rounding to whole errors does not matter: the variance of every contrast is known. Sizes
are those measured on the demo: a standard deviation of 0.41 points over seeds, half of it common to
the test sets, and a standard error of 0.44 points between two runs over test utterances.

A study has three samplers and two tags. Under the truth `temperature` equals the reference,
`balanced` differs by as much as an oracle that knows the variances finds in 80 % of studies, and
the tag differs by exactly the margin of equivalence.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from scipy.stats import norm
from simulated import named

from plion.results.analysis.contrasts.averaged import interactions, main_effects
from plion.results.analysis.verdicts import family_verdicts
from plion.results.reading.study import Run, Study
from plion.scoring.statistics.averages import macro_weights
from plion.scoring.statistics.bootstrap import Sample
from plion.scoring.statistics.holm import LEVEL
from plion.scoring.statistics.intervals import intervals
from plion.scoring.statistics.resampled import resample

AXES = {"sampler": ("proportional", "temperature", "balanced"), "tag": ("predict", "none")}
TEMPERATURE, BALANCED, TAG = range(3)  # places of the main effects
SETS, SPEAKERS, TOKENS = 2, 40, 100_000  # of each set, of each speaker
OVER_SEEDS, COMMON = 0.41, 0.5  # points; the part of the variance common to the sets
OVER_SPEAKERS = 0.44**2 / 2 * SPEAKERS * SETS  # squared points, of a run on a speaker
OF_CELL = 0.7  # the part of that which all runs of a cell share
FOUND, MARGIN = 0.8, 3.0  # the oracle's power; the margin in standard errors
REPLICATES = 300


@dataclass(frozen=True)
class Found:
    """In percent of studies: what is found of equal cells, of true differences, of the margin.

    oracle: true differences found by one who knows the variances. equivalent: differences as large
    as the margin that are called smaller. starred: studies with any of the effects that are null
    significant after Holm's correction.
    """

    alike: float
    found: float
    oracle: float
    equivalent: float
    starred: float


@dataclass(frozen=True)
class Factorial:
    """A study of so many seeds a cell."""

    seeds: int

    @cached_property
    def study(self) -> Study:
        cells = [dict(zip(AXES, labels, strict=True)) for labels in product(*AXES.values())]
        return Study("simulated", "", tuple(Run("", labels=own) for own in cells), axes=AXES)

    @cached_property
    def cells(self) -> np.ndarray:
        """The cell of each run."""
        return np.repeat(np.arange(len(self.study.cells)), self.seeds)

    @cached_property
    def shares(self) -> np.ndarray:
        """Coefficients of cells, (contrasts, cells): main effects, then interactions."""
        contrasts = [*main_effects(self.study), *interactions(self.study)]
        found = np.zeros((len(contrasts), len(self.study.cells)))
        for own, contrast in zip(found, contrasts, strict=True):
            for combination in contrast.combinations:
                for labels, weight in combination:
                    own[self.study.cells.index(labels)] += weight / len(contrast.combinations)
        return found

    @cached_property
    def errors(self) -> np.ndarray:
        """The true standard error of each contrast."""
        on_cell, on_run = OVER_SPEAKERS * OF_CELL, OVER_SPEAKERS * (1 - OF_CELL)
        of_cell = OVER_SEEDS**2 / self.seeds + (on_cell + on_run / self.seeds) / (SPEAKERS * SETS)
        return np.sqrt((self.shares**2).sum(axis=1) * of_cell)

    @cached_property
    def margin(self) -> float:
        """Points."""
        return float(MARGIN * self.errors[TAG])

    @cached_property
    def truth(self) -> np.ndarray:
        """Points of each cell."""
        better = self.errors[BALANCED] * (norm.ppf(1 - LEVEL / 2) + norm.ppf(FOUND))
        of = {"balanced": better, "none": self.margin}
        return np.array(
            [20 + sum(of.get(own, 0.0) for own in c.values()) for c in self.study.cells]
        )

    def simulate(self, rng: np.random.Generator) -> list[Sample]:
        """The test sets of one study."""
        runs, speakers = len(self.cells), named("speaker", np.arange(SPEAKERS), SPEAKERS)
        common = rng.normal(0, OVER_SEEDS * np.sqrt(COMMON), runs)
        samples = []
        for key in range(SETS):
            own = rng.normal(0, OVER_SEEDS * np.sqrt((1 - COMMON) * SETS), runs)
            hard = rng.normal(0, 3, SPEAKERS)
            on_cell = rng.normal(
                0, np.sqrt(OVER_SPEAKERS * OF_CELL), (max(self.cells) + 1, SPEAKERS)
            )
            on_run = rng.normal(0, np.sqrt(OVER_SPEAKERS * (1 - OF_CELL)), (runs, SPEAKERS))
            level = (self.truth[self.cells] + common + own)[:, None]
            rates = level + hard + on_cell[self.cells] + on_run
            errors = np.rint(rates * TOKENS / 100).astype(np.int64)
            samples.append(Sample(str(key), errors, np.full(SPEAKERS, TOKENS), speakers))
        return samples

    def repeat(self, studies: int) -> Found:
        """So many studies, with fixed seeds, each tested as `plion results` tests it."""
        weights = macro_weights(SETS)[None]
        shares = self.shares[:, self.cells] / self.seeds
        null = [TEMPERATURE, *range(TAG + 1, len(shares))]
        found = np.zeros((studies, 5))
        for number, row in enumerate(found):
            samples = self.simulate(np.random.default_rng((self.seeds, number)))
            drawn = resample(samples, REPLICATES, cells=self.cells.tolist())
            own = [one for (one,) in intervals(drawn, weights, shares)]
            verdicts = family_verdicts(own, [self.margin] * len(own))
            row[:] = (
                own[TEMPERATURE].p <= LEVEL,
                own[BALANCED].p <= LEVEL,
                abs(own[BALANCED].estimate / self.errors[BALANCED]) >= norm.ppf(1 - LEVEL / 2),
                own[TAG].outside(self.margin) <= LEVEL,
                any((one := verdicts[place]) and one.p <= LEVEL for place in null),
            )
        return Found(*(100 * found.mean(axis=0)).round(2).tolist())
