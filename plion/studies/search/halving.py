"""Successive halving: ends trials whose validation error is not among the best at a rung.

The asynchronous rule of Li et al., "A System for Massively Parallel Hyperparameter Tuning" (2020,
arXiv:1810.05934), with stopping instead of pausing, as Optuna has it. A trial is compared with the
trials of earlier rounds alone, so that the outcome is a function of the errors, never of the speed
or order of machines.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from plion.errors import InputError
from plion.runs.reports import Report
from plion.settings.setting import setting

Curve = Mapping[int, float]
"""Errors of a trial in percent, by the number of the validation."""


@dataclass
class Pruning:
    """Successive halving; off unless `min_resource` is set."""

    min_resource: float | None = setting(
        None, above=0, unit="of the held quantity", help="consumed at the first rung"
    )
    factor: int = setting(3, low=2, help="one trial in so many passes a rung")


@dataclass(frozen=True)
class Halving:
    """Rungs, as numbers of validations, and the factor by which the trials decrease at each."""

    rungs: tuple[int, ...]
    factor: int
    last: int  # number of the validation at the end of a run

    def ended_at(self, curve: Curve, earlier: Iterable[Curve]) -> int | None:
        """The number of the validation at which a trial is ended, None if it goes on.

        `earlier`: the curves of the trials of earlier rounds, of pruned ones up to their end. A
        trial stays if its error is among the best 1/factor of those that came to the rung, itself
        included; of fewer than `factor`, if it is the best.
        """
        earlier = list(earlier)
        judged = 0
        for rung in self.rungs:
            number = self._at(curve, rung)
            if number is None:
                return None
            if number <= judged:  # one validation for two rungs
                continue
            judged = number
            others = [one[at] for one in earlier if (at := self._at(one, rung)) is not None]
            values = sorted([*others, curve[number]])
            if curve[number] > values[max(1, len(values) // self.factor) - 1]:
                return number
        return None

    def _at(self, curve: Curve, rung: int) -> int | None:
        """The first validation at or past a rung; the one at the run's end prunes nothing."""
        return min((number for number in curve if rung <= number < self.last), default=None)


def read_halving(
    where: str, pruning: Pruning, *, amount: float, validations: int, warmup: float
) -> Halving | None:
    """The rungs of a sweep: validations at min_resource, min_resource * factor, ...

    None if pruning is off. `amount`: held by each run. `validations`: of a run. `warmup`: part of
    the amount; no rung is in it. Raises InputError if no validation is left for a rung.
    """
    if pruning.min_resource is None:
        return None
    after_warmup = math.floor(warmup * validations + 1e-9) + 1
    rungs, resource = [], pruning.min_resource
    while resource < amount:
        rungs.append(max(math.ceil(resource / amount * validations - 1e-9), after_warmup))
        resource *= pruning.factor
    kept = tuple(sorted({rung for rung in rungs if rung < validations}))
    if not kept:
        raise InputError(
            f"{where}: pruning.min_resource={pruning.min_resource:g} prunes nothing: no validation "
            f"lies between it (and the warm-up) and the end at {amount:g}; lower it or raise "
            "trainer.validations"
        )
    return Halving(kept, pruning.factor, validations)


def curve_of(reports: Sequence[Report], *, amount: float, validations: int) -> dict[int, float]:
    """The validation errors among a run's reports, by the number of the validation.

    Validations come at whole steps, a little off n / validations of the amount: each has the number
    that it is nearest to, equal for all trials. Of two with one number the earlier counts, so that
    what a trial was judged by does not change when it goes on.
    """
    curve: dict[int, float] = {}
    for one in sorted(reports, key=lambda one: one.step):
        if one.error is not None:
            curve.setdefault(round(one.held / amount * validations), one.error)
    return curve
