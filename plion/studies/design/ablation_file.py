"""The form of an ablation file.

    question: one sentence
    base: ../experiments/NAME.yaml             # relative to this file
    hold: {quantity: audio_hours, amount: 2.0} # equal in every cell, unless an axis is hold.amount
    suite: mini12
    axes:                                      # the grid is their product, in this order
      sampler:                                 # any name, with `label: {key: value}`
        balanced: {sampler.name: balanced}
        temperature: {sampler.name: temperature}
      tag.train: [none, predict]               # or a setting, with plain values of it
      sampler.temperature.T:                   # has no value in cells where `when` does not hold
        when: {sampler.name: temperature}      # labels of an axis above, else values of a setting
        values: [2, 3, 5]
    exclude:                                   # combinations to leave out; a list: any of these
      - {sampler: balanced, tag.train: none}
    include:                                   # combinations to add, with a value of every axis
      - {sampler: {shy: {sampler.name: unimax}}, tag.train: none}
    variants:                                  # cells beside the product, by name
      paper: {sampler.name: balanced, tag.train: none}
    seeds: [0, 1, 2]                           # of every cell
    per_arm: {over: [sampler], optim.lr: [1e-4, 3e-4, 1e-3]}   # see plion.studies.tuning.arms
    budgets: [0.5, 1, 2]                       # amounts of the held quantity, rising
    retries: 1                                 # times that a failed cell is run again
    margin: 0.5                                # points: a smaller difference counts as none
    pilot: runs/OTHER                          # the study whose variances `plan --power` takes

`when` sees the base, the overrides and the axes above its own; where several are named, all must
hold, and where a list is, one of it. In `include` a value is a label of the axis, a new plain
value, or a new `label: {key: value}`; new labels come last. `variants` may stand without `axes`.
The first cell is the reference of comparisons.

Every cell is run at every budget, the last axis, `budget`. Cells that differ in it alone share the
training of the longest, their trunk, up to where the decay of each begins; each ends to the bit as
if it had been trained alone. That takes `optim.schedule: wsd` and an `optim.warmup_amount` of at
most half of the smallest budget; what depends on the whole run is refused (`sampler.schedule`,
`trainer.select: best`).

An axis whose settings count only where others say so (a parameter of a policy, the rank of LoRA)
is folded into one cell where they do not, as by `when`, and this is said. A value or an override
that counts in none of its cells is refused.
"""

from dataclasses import dataclass, field
from typing import Any

from plion.sampling.settings import Hold
from plion.settings.setting import setting
from plion.studies.budgets.axis import wrong_budgets


@dataclass
class AblationFile:
    """The keys of an ablation file."""

    question: str = setting("", help="what the study is to answer, in one sentence")
    base: str = setting("", help="the experiment that the cells vary, relative to this file")
    hold: Hold = field(default_factory=Hold)
    axes: dict[str, Any] = setting({}, help="values by label of what is varied; see above")
    exclude: list[Any] = setting([], help="combinations of labels left out of the product")
    include: list[Any] = setting([], help="combinations beside the product")
    variants: dict[str, Any] = setting({}, help="settings of single cells, by name")
    seeds: list[int] = setting([0], low=0, below=2**32, help="of the runs of every cell")
    per_arm: dict[str, Any] = setting({}, help="settings tuned for each arm by equal trials")
    budgets: list[float] = setting(
        [],
        above=0,
        help="amounts of the held quantity; runs of smaller ones branch off the longest",
    )
    retries: int = setting(0, low=0, help="times that a failed cell is run again")
    margin: float | None = setting(
        None, above=0, unit="points", help="differences smaller than this count as none"
    )
    pilot: str = setting("", help="folder of the study that `plan --power` takes variances from")
    suite: str = setting("", help="the benchmarks that all cells are trained and tested on")


def wrong_value(file: AblationFile) -> str | None:
    """What is wrong with a value that is within its bounds; None if nothing is."""
    if not file.seeds or len(set(file.seeds)) < len(file.seeds):
        return f"seeds must be different whole numbers of 0 or more, not {file.seeds}"
    if file.budgets and file.per_arm:
        return (
            "budgets and per_arm do not go together: tune in a study of its own, and set what was "
            "chosen by the values of an axis"
        )
    return wrong_budgets(file.budgets)
