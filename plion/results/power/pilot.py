"""What the runs of a pilot study say of a planned one: variances, and the time of training."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from plion.errors import InputError
from plion.results.analysis.compared import compare_cells
from plion.results.analysis.contrasts.averaged import main_effects
from plion.results.analysis.contrasts.contrast import Contrast
from plion.results.analysis.contrasts.simple import simple_effects, variants
from plion.results.analysis.effects import macro_and_languages
from plion.results.analysis.peers import beside, cell_numbers, peers
from plion.results.analysis.rates import resampled
from plion.results.reading.budget_axis import BUDGET, largest_budget
from plion.results.reading.study import VARIANT, Run, Study
from plion.scoring.statistics.bootstrap import Floats
from plion.scoring.statistics.power.components import Components, components, variance_of_runs
from plion.scoring.statistics.resampled import Resampled

_OTHER = "name a finished study of the same test sets (`pilot: runs/OTHER` in the ablation's file)"
Named = Mapping[str, Floats]  # averages: the weights of the sets


@dataclass(frozen=True)
class Foreseen:
    """A contrast of a planned study on an average (`macro` or a language).

    names: of contrasts that are alike in all that is known of them beforehand. parts: None if the
    pilot's test sets have too few clusters.
    """

    names: Sequence[str]
    on: str
    parts: Components | None


@dataclass(frozen=True, eq=False)
class Pilot:
    """The runs of a finished study that estimate the variances of another one.

    runs: scored on the same utterances, at least two cells, one of which has two seeds.
    """

    study: Study
    runs: tuple[Run, ...]

    @property
    def cells(self) -> int:
        return len(set(cell_numbers(self.runs)))

    @property
    def averages(self) -> Named:
        """The macro average and, with several languages, the mean of each."""
        return macro_and_languages(self.runs[0])

    @property
    def drawn(self) -> Resampled:
        return resampled(self.runs)

    @property
    def freedom(self) -> int:
        """Degrees of freedom of the variance over seeds."""
        return len(self.runs) - self.cells

    @property
    def differing(self) -> list[str]:
        """The averages on which cells plainly differ in their variance over seeds."""
        drawn = self.drawn
        return [on for on, weights in self.averages.items() if drawn.pool(weights).cells_differ]


def read_pilot(study: Study, named: str) -> Pilot:
    """The runs of a study that can serve as a pilot; `named`: how messages call it.

    Raises InputError without two cells that are scored on the same utterances, and without two
    seeds of a cell among them.
    """
    scored = [run for run in study.runs if run.labels and run.rates and not run.again]
    groups = [[one for one in peers(study, run) if one.labels] for run in scored]
    runs = max(groups, key=lambda own: (len(own), _budget(own)), default=[])
    cells = len(set(cell_numbers(runs)))
    if cells < 2:
        raise InputError(
            f"{named} has no two finished cells that were tested on the same utterances: finish "
            f"two cells under two seeds each, or {_OTHER}"
        )
    if len(runs) == cells:
        raise InputError(
            f"{named} has one finished seed of each cell, which says nothing of how seeds vary: "
            f"finish a second seed of one cell or more, or {_OTHER}"
        )
    return Pilot(study, tuple(runs))


def foresee(planned: Study, pilot: Pilot) -> list[Foreseen]:
    """The effects that answer a planned study's question, with their variances as in a pilot.

    Main effects and variants, and where main effects are means over other axes, simple effects too.
    Where the pilot has all cells of a contrast, the variance over clusters is theirs. Elsewhere it
    is the mean over all pairs of the pilot's cells: of a mean of such differences no less, since
    effects on a cluster may be alike in all of them.
    """
    number = len(_together(planned))
    contrasts = [*main_effects(planned), *variants(planned)]
    if any(len(contrast.combinations) > 1 for contrast in contrasts):
        contrasts += simple_effects(planned)
    general = _of_pairs(pilot)
    alike: dict[tuple[Components | None, ...], list[str]] = {}
    for contrast in contrasts:
        if contrast.combinations:
            found = _own(pilot, contrast) or _general(contrast, general)
            own = tuple(
                one and (replace(one, cells=number) if one.pooled else one) for one in found
            )
            alike.setdefault(own, []).append(contrast.name)
    return [
        Foreseen(names, on, parts)
        for found, names in alike.items()
        for on, parts in zip(pilot.averages, found, strict=True)
    ]


def _budget(runs: Sequence[Run]) -> float:
    """The budget of runs that are peers; 0 without budgets."""
    return float(runs[0].labels.get(BUDGET, 0)) if runs else 0.0


def _together(planned: Study) -> Sequence[Mapping[str, str]]:
    """The cells that will estimate the variance over seeds: with budgets those of the largest."""
    cells = [*planned.cells, *({VARIANT: name} for name in planned.variants)]
    if BUDGET not in planned.axes:
        return cells
    return [cell for cell in cells if cell.get(BUDGET) == largest_budget(planned.axes[BUDGET])]


def _own(pilot: Pilot, contrast: Contrast) -> list[Components | None]:
    """The components of a contrast of cells that the pilot has; empty if it lacks some."""
    compared = compare_cells(pilot.study, contrast, intersect=False)
    if compared.reason or compared.combinations < len(contrast.combinations):
        return []
    runs = tuple(beside(pilot.study, compared.runs, compared.cut))
    coefficients = np.array([[compared.shares.get(run, 0.0) for run in runs]])
    drawn = resampled(runs)
    return [components(drawn, own, coefficients)[0] for own in pilot.averages.values()]


def _of_pairs(pilot: Pilot) -> list[Components | None]:
    """The components of a difference of two cells, the mean over all pairs."""
    codes = np.array(cell_numbers(pilot.runs))
    own = (codes == np.unique(codes)[:, None]) / np.bincount(codes)[codes]
    number = len(own)
    # Variances of cells less the mean of all add up to those of pairs, times (number - 1) / 2.
    apart = own - own.mean(axis=0)
    found: list[Components | None] = []
    for weights in pilot.averages.values():
        each = [one for one in components(pilot.drawn, weights, apart) if one]
        if not each:
            found.append(None)
            continue
        floor = 2 * sum(one.floor for one in each) / (number - 1)
        clusters = min(one.clusters for one in each)
        runs = variance_of_runs(pilot.drawn.pool(weights)) or each[0].runs
        found.append(Components(runs, (1.0, 1.0), number, floor, clusters))
    return found


def _general(contrast: Contrast, pairs: Sequence[Components | None]) -> list[Components | None]:
    """The components of a contrast, from those of a difference of two cells."""
    weights = defaultdict[frozenset[tuple[str, str]], float](float)
    for combination in contrast.combinations:
        for labels, weight in combination:
            weights[frozenset(labels.items())] += weight / len(contrast.combinations)
    squares = tuple(weight**2 for weight in weights.values())
    larger = max(1.0, sum(squares) / 2)
    return [one and replace(one, squares=squares, floor=one.floor * larger) for one in pairs]


def seconds_per_amount(pilot: Pilot, quantity: str) -> float | None:
    """Seconds of training per unit of a held quantity; None if runs were not held to that."""
    known = [
        (run.record.train_seconds, run.record.hold.amount)
        for run in pilot.runs
        if run.record.train_seconds and run.record.hold and run.record.hold.quantity == quantity
    ]
    return sum(one for one, _ in known) / sum(own for _, own in known) if known else None
