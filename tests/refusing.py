"""Experiments that are refused."""

from pathlib import Path

import pytest

from plion.config.experiment import load_experiment
from plion.errors import InputError


def refusal(path: Path, *overrides: str) -> str:
    """The sentence that an experiment is refused with."""
    with pytest.raises(InputError) as error:
        load_experiment(path, overrides)
    return str(error.value)
