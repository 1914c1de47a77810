"""Simulated studies: the errors of cells trained under several seeds, utterance by utterance.

Measured on the demo: the macro average of one cell has a standard deviation of 0.41 points over
seeds, and the paired difference of two runs a standard error of 0.44 points over test utterances.
Both are met here (tests/scoring/statistics/test_verdicts.py). Words are wrong or not independently,
given the utterance's logit: of its speaker, who is hard or easy for all systems; of the cell; of
the run, normal from seed to seed; and of the cell on the speaker. What is simulated is counts, with
as many speakers in each of four sets; no model is trained, and no text is aligned.
"""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import brentq
from scipy.stats import ttest_rel
from simulated import SPREAD, logistic, mean_rate, named

from plion.scoring.statistics.bootstrap import Sample
from plion.scoring.statistics.estimate import Interval
from plion.scoring.statistics.holm import LEVEL
from plion.scoring.statistics.intervals import contrast

SETS, SPEAKERS, UTTERANCES, WORDS = 4, 40, 8, 10
CENTRE = -2.4  # logits: about 10 % of errors
OVER_SEEDS = 0.036  # logits from run to run; the words of a run add to it
ON_SPEAKERS = 0.2  # logits from cell to cell on a speaker
EFFECT = 1.5  # points


def _rate(centre: float) -> float:
    return float(mean_rate(centre, np.hypot(SPREAD, ON_SPEAKERS)))


SHIFT = float(brentq(lambda shift: _rate(CENTRE + shift) - _rate(CENTRE) - EFFECT, 0, 1))
"""Logits by which a cell is worse that has 1.5 points more errors."""


def study(
    rng: np.random.Generator,
    seeds: Sequence[int],
    shift: float = 0.0,
    over_seeds: Sequence[float] | float = OVER_SEEDS,
) -> list[Sample]:
    """Test sets under all runs: of so many seeds a cell, the second cell worse by `shift`.

    over_seeds: the standard deviation of runs in logits, of all cells or of each.
    """
    cells = cell_codes(seeds)
    runs = rng.normal(0, np.broadcast_to(over_seeds, len(seeds))[cells])
    level = CENTRE + runs + shift * (cells == 1)
    return [_set(rng, str(number), cells, level) for number in range(SETS)]


def cell_codes(seeds: Sequence[int]) -> np.ndarray:
    """The cell of each run."""
    return np.repeat(np.arange(len(seeds)), seeds)


def difference(seeds: Sequence[int]) -> np.ndarray:
    """Coefficients (runs,): the mean of the second cell less that of the first."""
    cells = cell_codes(seeds)
    return (cells == 1) / seeds[1] - (cells == 0) / seeds[0]


def _set(rng: np.random.Generator, key: str, cells: np.ndarray, level: np.ndarray) -> Sample:
    speakers = np.repeat(np.arange(SPEAKERS), UTTERANCES)
    hard = rng.normal(0, SPREAD, size=SPEAKERS)
    own = rng.normal(0, ON_SPEAKERS, size=(cells.max() + 1, SPEAKERS))
    logits = level[:, None] + (hard + own[cells])[:, speakers]
    lengths = np.full(len(speakers), WORDS)
    errors = rng.binomial(WORDS, logistic(logits))
    return Sample(key, errors, lengths, named("speaker", speakers, SPEAKERS))


def pair(samples: list[Sample], seeds: Sequence[int], replicates: int = 300) -> Interval:
    """The second cell less the first, as `plion results` compares them."""
    return contrast(samples, difference(seeds), replicates, cells=cell_codes(seeds).tolist())


def p_before(samples: list[Sample], seeds: Sequence[int]) -> float:
    """That difference's p where it is the larger of two: Student's t on seeds, and on clusters.

    How differences over a few seeds were tested before their variance was pooled.
    """
    cells = cell_codes(seeds)
    clusters = contrast(samples, difference(seeds), 300).p
    rates = np.mean([sample.rates for sample in samples], axis=0)
    return max(clusters, float(ttest_rel(rates[cells == 1], rates[cells == 0]).pvalue))


def starred(
    seeds: Sequence[int], repetitions: int, shift: float = 0.0, before: bool = False
) -> float:
    """In percent of so many simulated studies, how often the second cell is told from the first."""
    found = 0
    for number in range(repetitions):
        samples = study(np.random.default_rng((len(seeds), *seeds, number)), seeds, shift)
        p = p_before(samples, seeds) if before else pair(samples, seeds).p
        found += p <= LEVEL
    return 100 * found / repetitions
