"""Successive halving against full trials, random proposals alike for both: `make bench-halving`.

A halved trial is the beginning of the full one, so the curves of the full trials say what halving
would have ended, and at which audio hours; for one seed that is compared with really ending them.
Resumable: finished runs lie in runs/halving. PLION_HALVING_SEEDS: how many seeds, 10 if not set.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from optuna.trial import FrozenTrial
from scipy.stats import t

from plion.runs.folder import RunFolder
from plion.runs.reports import Reports
from plion.studies.engines.choice import Choice
from plion.studies.search.halving import curve_of
from plion.studies.search.outcome import RUN
from plion.studies.search.stores.sqlite import SqliteStore
from plion.studies.search.sweep import sweep
from plion.studies.search.sweep_file import Sweep, read_sweep
from plion.system.files import atomic_write

FILE, ROOT = Path(__file__).with_name("halving.yaml"), Path("runs/halving")
SEEDS = range(int(os.environ.get("PLION_HALVING_SEEDS", "10")))
SETTINGS = ("trainer.validations=6", "trainer.accelerator=cpu")
HALVED = ("sweep.pruning={min_resource: 0.05, factor: 3}", "sweep.parallel=1")


@dataclass
class Search:
    """What a search took and found: hours of audio, and the lowest validation error in percent."""

    hours: float
    best: float


@pytest.mark.bench_halving
def test_hours_and_best_error_of_halved_and_full_searches() -> None:
    full, halved = [], []
    for seed in SEEDS:
        search, trials = _trained(seed, ROOT / f"{seed}", Choice(workers=2))
        full.append(_whole(search, trials, ROOT / f"{seed}"))
        halved.append(_replayed(seed, search, trials, ROOT / f"{seed}"))
        print(f"\nseed {seed}: full {full[-1]}, halved {halved[-1]}", flush=True)
    lines = [
        f"{len(full)} seeds, {search.trials} trials each of {search.base.hold.amount:g} h",
        f"hours of audio: full {_mean([one.hours for one in full])}, "
        f"halved {_mean([one.hours for one in halved])}",
        f"best validation error (%): full {_mean([one.best for one in full])}, "
        f"halved {_mean([one.best for one in halved])}",
        "halved - full, points: "
        + _mean([b.best - a.best for a, b in zip(full, halved, strict=True)]),
    ]
    print("\n" + "\n".join(lines))
    atomic_write(
        ROOT / "halving.txt", "\n".join([*map(str, zip(full, halved, strict=True)), *lines]) + "\n"
    )
    assert sum(one.hours for one in halved) < sum(one.hours for one in full)


@pytest.mark.bench_halving
def test_really_ending_trials_gives_what_their_full_curves_say() -> None:
    search, trials = _trained(0, ROOT / "0", Choice(workers=2))
    wanted = _ended(0, search, trials, ROOT / "0")
    _, ended = _trained(0, ROOT / "really", Choice(), *HALVED)
    assert [one.params for one in ended] == [one.params for one in trials]
    found = [max(one.intermediate_values) if one.state.name == "PRUNED" else None for one in ended]
    assert found == wanted
    for whole, part in zip(trials, ended, strict=True):  # to the bit
        assert part.intermediate_values.items() <= whole.intermediate_values.items()


def _trained(seed: int, root: Path, engine: Choice, *more: str) -> tuple[Sweep, list[FrozenTrial]]:
    request = (*SETTINGS, *more, f"sweep.seed={seed}", f"trainer.runs={root}")
    assert sweep(FILE, request, engine) == 0
    study = SqliteStore(root / FILE.stem / "study.db").read(FILE.stem)
    assert study
    return read_sweep(FILE, request), study.get_trials()


def _ended(seed: int, search: Sweep, trials: list[FrozenTrial], root: Path) -> list[int | None]:
    """The validation at which halving ends each trial, None for those it keeps."""
    request = (*SETTINGS, *HALVED, f"sweep.seed={seed}", f"trainer.runs={root}")
    halving = read_sweep(FILE, request).halving
    assert halving
    earlier: list[dict[int, float]] = []
    ended = []
    for trial in trials:
        curve = trial.intermediate_values
        ended.append(at := halving.ended_at(curve, earlier))
        earlier.append({n: error for n, error in curve.items() if at is None or n <= at})
    return ended


def _replayed(seed: int, search: Sweep, trials: list[FrozenTrial], root: Path) -> Search:
    ended = _ended(seed, search, trials, root)
    hours = sum(_hours(search, trial, root, at) for trial, at in zip(trials, ended, strict=True))
    kept = [trial.values[0] for trial, at in zip(trials, ended, strict=True) if at is None]
    return Search(hours, min(kept))


def _whole(search: Sweep, trials: list[FrozenTrial], root: Path) -> Search:
    hours = sum(_hours(search, trial, root, None) for trial in trials)
    return Search(hours, min(trial.values[0] for trial in trials))


def _hours(search: Sweep, trial: FrozenTrial, root: Path, at: int | None) -> float:
    """Hours of audio that a trial was trained on, up to a validation."""
    reports = Reports(RunFolder(root / trial.user_attrs[RUN])).new()
    base = search.base
    for one in reports:
        number = curve_of([one], amount=base.hold.amount, validations=base.trainer.validations)
        if at is not None and at in number:
            return one.hours
    return reports[-1].hours


def _mean(values: list[float]) -> str:
    """The mean with its 95 % interval over the seeds."""
    mean, count = float(np.mean(values)), len(values)
    if count < 2:
        return f"{mean:.2f}"
    half = float(t.ppf(0.975, count - 1) * np.std(values, ddof=1) / count**0.5)
    return f"{mean:.2f} ({mean - half:.2f} to {mean + half:.2f})"
