"""Reads a sweep file into a search: a base experiment, the settings to search, and the rules.

base: ../experiments/NAME.yaml                  # relative to this file
hold: {quantity: audio_hours, amount: 2.0}      # equal in every trial
suite: mini12
seed: 0                                         # of the proposals; the runs have the base's
space:                                          # see plion.studies.search.space
  optim.lr: {low: 1e-5, high: 1e-3, log: true}
  sampler.temperature.T: [1, 2, 5]
trials: 20
parallel: 4                                     # trials proposed together
proposals: tpe                                  # or gp (few trials), random
pruning: {min_resource: 0.5, factor: 3}         # successive halving, from that held amount on
metric: valid/macro_error                       # or several: no pruning then
constraints: {valid/en: 12.5}                   # percent at most
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from plion.config.layers import dotted
from plion.config.overlay import Overlay
from plion.config.schema import Experiment
from plion.errors import InputError
from plion.planning.inputs import hash8, suite_of
from plion.sampling.settings import Hold
from plion.settings.setting import group, setting
from plion.studies.design.study_file import read_study_file, refuse_replaced
from plion.studies.search.halving import Halving, Pruning, read_halving
from plion.studies.search.metrics import (
    MACRO_ERROR,
    Constraint,
    Metric,
    read_constraints,
    read_objectives,
)
from plion.studies.search.space import Dimension, Scalar, example, read_space

Proposals = Literal["tpe", "gp", "random"]
_FIXED = ("name", "data.suite", "hold.quantity", "hold.amount", "evaluate.test")


@dataclass
class SweepFile:
    """The keys of a sweep file."""

    base: str = ""
    hold: Hold = field(default_factory=Hold)
    suite: str = ""
    seed: int = setting(0, low=0, help="of the proposals; the runs have the base's")
    space: dict[str, Any] = field(default_factory=dict)
    trials: int = setting(20, above=0, help="runs that are proposed")
    parallel: int = setting(1, above=0, help="trials that are proposed together, as a round")
    proposals: str = setting("tpe", choices=("tpe", "gp", "random"), help="what proposes")
    pruning: Pruning = group(Pruning)
    metric: Any = MACRO_ERROR
    constraints: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Sweep:
    """A search: its dimensions, what judges a trial, and the settings below those of trials."""

    name: str
    seed: int
    trials: int
    parallel: int
    proposals: Proposals
    space: tuple[Dimension, ...]
    objectives: tuple[Metric, ...]
    constraints: tuple[Constraint, ...]
    halving: Halving | None
    base: Experiment
    below: Overlay

    def trial(self, settings: Mapping[str, Scalar]) -> Experiment:
        """The experiment of one trial, without test sets."""
        unseen = dotted("the sweep", {"evaluate.test": False})
        return self.below.experiment([dotted("trial", settings), unseen], self.name)

    def best(self, settings: Mapping[str, Scalar]) -> Experiment:
        """The experiment of the best trial, with test sets where the base has them."""
        name = f"{self.name}-best"
        own = dotted("trial", {**settings, "name": name})
        return self.below.experiment([own], name)

    def definition(self) -> dict[str, Any]:
        """Everything but the number of trials that determines proposals and results."""
        return {
            "base and data": hash8(self.base),
            "seed": self.seed,
            "space": [asdict(one) for one in self.space],
            "parallel": self.parallel,
            "proposals": self.proposals,
            "pruning": asdict(self.halving) if self.halving else None,
            "metric": [asdict(one) for one in self.objectives],
            "constraints": [asdict(one) for one in self.constraints],
        }


def read_sweep(path: str | Path, overrides: Sequence[str] = ()) -> Sweep:
    """Reads a sweep file; the sweep is named by the file's stem.

    Overrides change the base experiment, or with the prefix `sweep.` the file itself. Raises
    InputError for an invalid file or experiment, for a dimension, metric, constraint or pruning
    that makes no sense, and for a value that an experiment cannot have.
    """
    path = Path(path)
    study = read_study_file(path, overrides, SweepFile, "sweep", varied="space")
    file, where = study.file, f"{path}: space"
    searched = dict.fromkeys([*_FIXED, *file.space], "the sweep itself")
    refuse_replaced(study.overrides, searched)
    shared = {"name": path.stem, **study.held}
    below = Overlay([*study.base, *study.overrides, dotted(str(path), shared)])
    base = below.experiment([], path.stem)
    if base.trainer.validations < 1:
        raise InputError(
            f"{path}: a sweep needs trainer.validations of 1 or more for {MACRO_ERROR}"
        )
    space = read_space(where, file.space, base)
    _refuse_impossible(where, below, space)
    if file.proposals == "gp" and any(one.when for one in space):
        raise InputError(f"{path}: proposals=gp knows no conditions in the space; use tpe")
    try:
        benchmarks = [row for row in suite_of(base) if row.key not in base.data.exclude]
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    objectives = read_objectives(str(path), file.metric, benchmarks)
    return Sweep(
        name=path.stem,
        seed=file.seed,
        trials=file.trials,
        parallel=file.parallel,
        proposals=cast(Proposals, file.proposals),
        space=space,
        objectives=objectives,
        constraints=read_constraints(str(path), file.constraints, benchmarks),
        halving=_halving(path, file.pruning, objectives, space, base=base),
        base=base,
        below=below,
    )


def _halving(
    path: Path,
    pruning: Pruning,
    objectives: Sequence[Metric],
    space: Sequence[Dimension],
    *,
    base: Experiment,
) -> Halving | None:
    searched = {one.key: one for one in space}
    if pruning.min_resource is not None:
        if [one.name for one in objectives] != [MACRO_ERROR]:
            raise InputError(
                f"{path}: pruning compares {MACRO_ERROR}, which must be the only metric"
            )
        if "trainer.validations" in searched:
            raise InputError(f"{path}: with pruning, trainer.validations cannot be searched")
    warmup = searched.get("optim.warmup")
    ends = [float(end) for end in warmup.ends] if warmup else []
    if warmup is None or warmup.when:  # a trial without this dimension has that of the base
        ends.append(base.optim.warmup)
    return read_halving(
        str(path),
        pruning,
        amount=base.hold.amount,
        validations=base.trainer.validations,
        warmup=max(ends),
    )


def _refuse_impossible(where: str, below: Overlay, space: Sequence[Dimension]) -> None:
    """Raises InputError for unknown settings and invalid values, before any trial runs."""
    for one in space:
        if one.key == "seed":
            raise InputError(
                f"{where}: a seed is not searched: the best would be the luckiest; repeat the best "
                "settings with other seeds by an ablation (`seeds`)"
            )
        if one.key in _FIXED:
            raise InputError(
                f"{where}: {one.key} is the same in every trial and cannot be searched"
            )
        others = example(one, space)
        for value in one.ends:
            below.experiment([dotted(where, {**others, one.key: value})], "trial")
