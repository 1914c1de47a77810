"""What the variance of a contrast consists of, against the interval that tests it."""

import numpy as np
import pytest

from plion.scoring.statistics.averages import macro_weights
from plion.scoring.statistics.bootstrap import Sample
from plion.scoring.statistics.intervals import intervals
from plion.scoring.statistics.power.components import components
from plion.scoring.statistics.resampled import resample

CELLS, SEEDS = 6, 3


def test_where_cells_plainly_differ_a_contrast_has_the_variance_of_its_own() -> None:
    rng, utterances = np.random.default_rng(0), 200
    spread = np.repeat([12.0, *[0.5] * (CELLS - 1)], SEEDS)  # errors of a run; the first cell's
    level = 40 + spread * rng.standard_normal(CELLS * SEEDS)
    errors = rng.poisson(np.maximum(level, 1)[:, None], (CELLS * SEEDS, utterances))
    sample = Sample("set", errors, np.full(utterances, 100))
    codes = np.repeat(np.arange(CELLS), SEEDS)
    drawn, weights = resample([sample], 100, cells=codes.tolist()), macro_weights(1)
    assert drawn.pool(weights).cells_differ
    shares = np.stack([(codes == 1) * 1.0 - (codes == one) for one in (0, 2)]) / SEEDS
    found = components(drawn, weights, shares)
    tested = [one for (one,) in intervals(drawn, weights[None], shares)]
    for parts, one in zip(found, tested, strict=True):
        assert parts and parts.cells == 2 and not parts.pooled and not one.pooled
        variance = max(parts.over_seeds(SEEDS) + parts.floor, parts.over_seeds(SEEDS))
        assert variance == pytest.approx(one.error**2, rel=0.02)
    wild, calm = (parts.runs.variance for parts in found if parts)
    assert wild > 10 * calm
