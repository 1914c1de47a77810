"""A small ablation file and its base, to be read as it is or with a mistake."""

from pathlib import Path

import pytest

from plion.errors import InputError
from plion.studies.design.grid import Ablation, read_ablation

FILE = """
question: Which sampler?
base: ../experiments/small.yaml
hold: {quantity: utterances, amount: 500}
axes:
  sampler:
    balanced: {sampler.name: balanced}
    temperature-3: {sampler.name: temperature, sampler.temperature.T: 3}
  tag.train: [none, predict]
seeds: [0, 1]
suite: mini12
"""


def read(folder: Path, text: str = FILE, *overrides: str) -> Ablation:
    path = folder / "ablations" / "study.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return read_ablation(path, overrides)


def refusal(folder: Path, text: str = FILE, *overrides: str) -> str:
    with pytest.raises(InputError) as error:
        read(folder, text, *overrides)
    return str(error.value)


def combinations(ablation: Ablation) -> list[tuple[str, ...]]:
    """The labels of every cell of the first seed, in order."""
    first = ablation.seeds[0]
    return [tuple(cell.labels.values()) for cell in ablation.cells if cell.seed == first]
