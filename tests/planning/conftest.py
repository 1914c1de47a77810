"""An experiment to plan."""

import pytest

from plion.config.schema import Experiment


@pytest.fixture
def exp():
    exp = Experiment()
    exp.sampler.name = "balanced"
    exp.hold.amount = 50.0
    exp.batch.seconds = 240.0
    return exp
