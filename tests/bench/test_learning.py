"""What is learnt from equal audio: batches of like length against the official recipe's random."""

from pathlib import Path

import numpy as np
import pytest

from plion.config.experiment import load_experiment
from plion.planning.planned_run import mixture_plan
from plion.runs.folder import RunFolder
from plion.training.run import train

SEEDS, HOURS = (0, 1, 2), 2
# A window is one batch and a step has one, so that they are random: 10 utterances, as many as a
# step of the other side has on average.
SIDES = {
    "official": (
        "batch.window=10",
        "batch.utterances=10",
        "batch.seconds=1000",
        "batch.per_step=1",
    ),
    "plion": (),
}


@pytest.mark.bench_learning
def test_as_much_is_learnt_from_as_much_audio(tmp_path: Path) -> None:
    errors = {}
    for side, batch in SIDES.items():
        for seed in SEEDS:
            settings = (
                *batch,
                f"seed={seed}",
                f"hold.amount={HOURS}",
                f"trainer.runs={tmp_path / side}",
                "trainer.accelerator=cpu",
                "trainer.validations=1",
                "evaluate.test=false",
            )
            planned = mixture_plan(load_experiment("experiments/mini.yaml", settings))
            record = RunFolder(train(planned)).read()
            errors.setdefault(side, []).append(record.validation["macro_error"])
            mean = record.utterances / record.steps
            print(f"\n{side}, seed {seed}: {errors[side][-1]:.1f} %, {mean:.1f} utterances a step")
    means = {side: float(np.mean(found)) for side, found in errors.items()}
    spread = max(float(np.ptp(found)) for found in errors.values())
    print(
        f"\nvalidation macro error after {HOURS} h of audio: "
        + ", ".join(f"{side} {mean:.1f} %" for side, mean in means.items())
        + f"; apart by {abs(means['official'] - means['plion']):.1f}, "
        f"seeds of a side by up to {spread:.1f}"
    )
    assert abs(means["official"] - means["plion"]) <= spread
