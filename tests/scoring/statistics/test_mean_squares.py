"""An effect over crossed seeds and speakers, computed a second time from mean squares."""

import numpy as np
import pytest
from scipy import stats
from simulated import named

from plion.scoring.statistics.bootstrap import Sample
from plion.scoring.statistics.intervals import contrast


def test_a_main_effect_over_crossed_seeds_and_speakers_is_that_of_the_mean_squares():
    # Satterthwaite's quasi F (Clark, "The language-as-fixed-effect fallacy", 1973): two times two
    # cells of three seeds, on 20 speakers of as many words.
    cells, seeds, speakers, words = 4, 3, 20, 1000
    rng = np.random.default_rng(5)
    of_run = rng.normal(0, 3, (cells, seeds, 1)) + rng.normal(0, 6, (cells, seeds, speakers))
    rates = 200 + np.rint(of_run + rng.normal(0, 9, (cells, 1, speakers)))  # of 1000 words
    side = np.array([-0.5, -0.5, 0.5, 0.5])
    one = Sample(
        "a",
        rates.reshape(-1, speakers).astype(int),
        np.full(speakers, words),
        named("speaker", np.arange(speakers), speakers),
    )
    found = contrast([one], np.repeat(side / seeds, seeds), cells=np.repeat(range(4), 3).tolist())

    points = rates / 10
    means = points.mean(axis=2)
    per_speaker = side @ points.mean(axis=1)
    apart = points - points.mean(axis=1, keepdims=True)
    apart = apart - apart.mean(axis=2, keepdims=True)  # of run and speaker, both means taken out
    over_seeds = means.var(axis=1, ddof=1).mean() / seeds
    both = (apart**2).sum() / (cells * (seeds - 1) * (speakers - 1)) / seeds / speakers
    rest = per_speaker.var(ddof=1) / speakers - both
    variance = over_seeds + rest
    freedom = variance**2 / (over_seeds**2 / 8 + rest**2 / 19)
    assert rest > 0 and found.pooled
    assert found.error == pytest.approx(np.sqrt(variance), rel=1e-9)
    assert found.freedom == pytest.approx(freedom, rel=1e-9)
    t = (side @ means.mean(axis=1)) / np.sqrt(variance)
    assert found.p == pytest.approx(2 * stats.t.sf(abs(t), freedom), rel=1e-9)
