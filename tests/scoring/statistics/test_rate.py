import numpy as np
import pytest

from plion.scoring.statistics.averages import averages
from plion.scoring.statistics.bootstrap import Sample
from plion.scoring.statistics.intervals import contrast
from plion.scoring.statistics.rate import NOTHING, Rate, printed, rate_of, with_intervals
from plion.scoring.statistics.resampled import resample

LENGTHS = np.full(40, 5)
SETS = {"nsc": np.arange(40) % 3, "slr65": np.arange(40) % 5}


def samples() -> list[Sample]:
    return [Sample(key, errors[None], LENGTHS) for key, errors in SETS.items()]


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (Rate(12.344, 11.0, 13.7), "12.34 [11.00, 13.70]"),
        (Rate(12.344, 11.0, 13.7, few=True), "12.34 [11.00, 13.70]†"),
        (Rate(12.344, *NOTHING), "12.34"),
        (None, ""),
    ],
)
def test_rate_and_interval_are_one_cell(made: Rate | None, text: str) -> None:
    assert printed(made) == text


def test_differences_have_signs() -> None:
    assert printed(Rate(1.0, -0.5, 2.5), "+") == "+1.00 [-0.50, +2.50]"


def test_averages_are_over_the_same_replicates_as_a_contrast_of_their_own() -> None:
    rates = {key: 100 * errors.sum() / 200 for key, errors in SETS.items()}
    of = averages(rates, {"nsc": "en", "slr65": "ta"})
    [made] = with_intervals([of], resample(samples()), np.ones((1, 1)))
    assert made["macro"] == rate_of(contrast(samples()), made["macro"].value)
    assert made["worst_language"].language == "ta"
    assert made["worst_language"].picked and not made["worst_language"].known
