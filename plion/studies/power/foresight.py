"""`plion plan ABLATION --power`: what a study can find before any of it is paid for."""

import math
from collections.abc import Sequence
from pathlib import Path

from plion.config.layers import read_layers
from plion.errors import InputError
from plion.planning.inputs import suite_of
from plion.results.power.pilot import Pilot, foresee, read_pilot, seconds_per_amount
from plion.results.power.plan import Plan
from plion.results.power.tables import DIFFERENCES, power_csv, power_tables
from plion.results.reading.budget_axis import BUDGET
from plion.results.reading.collect import read_studies
from plion.results.reading.study import Run, Study
from plion.studies.budgets.trunks import trained_amount
from plion.studies.design.axes import AMOUNT
from plion.studies.design.grid import Ablation, read_ablation
from plion.studies.tuning.arms import read_tuning
from plion.typesetting.formats import typeset


def power_text(
    path: str | Path, overrides: Sequence[str], differences: str | None, *, as_csv: bool
) -> str:
    """The tables, or the CSV, of an ablation's power, from the finished runs of its pilot.

    differences: in points, separated by commas; by default the ablation's margin, else a few.
    Raises InputError for a file that is no ablation, for differences that are no numbers above 0,
    and without runs that power can be foreseen from.
    """
    asked = None if differences is None else _numbers(differences)
    _check_kind(Path(path))
    ablation = read_ablation(path, overrides)
    pilot = _pilot(Path(path), ablation)
    tried = _tried(ablation)
    amount = sum(trained_amount(cell.exp) for cell in ablation.cells)
    pace = seconds_per_amount(pilot, ablation.base.hold.quantity)
    plan = Plan(
        ablation.name,
        len(ablation.seeds),
        len(ablation.cells) // len(ablation.seeds),
        asked or ([ablation.margin] if ablation.margin else DIFFERENCES),
        _held(ablation),
        _hours(pace, amount / len(ablation.seeds)),
        _price(ablation, pilot),
        len(tried),
        _hours(pace, sum(tried)),
    )
    foreseen = foresee(_unrun(ablation), pilot)
    if as_csv:
        return power_csv(plan, foreseen)
    return typeset(power_tables(plan, foreseen, pilot)) + "\n"


def _numbers(text: str) -> list[float]:
    """Numbers above 0, separated by commas, in order."""
    try:
        found = sorted({float(part) for part in text.split(",")})
    except ValueError:
        found = []
    if not found or not all(math.isfinite(one) and one > 0 for one in found):
        raise InputError(
            f"--difference is '{text}'; it must be points above 0, separated by commas: 0.5,1"
        )
    return found


def _check_kind(path: Path) -> None:
    """Raises InputError for the file of an experiment or of a sweep."""
    given = {key for layer in read_layers(path) for key in layer.values}
    if not given & {"axes", "variants"}:
        raise InputError(
            f"--power compares the cells of an ablation, and {path} is none: it has no `axes` or "
            "`variants` (see README, Grids)"
        )


def _pilot(path: Path, ablation: Ablation) -> Pilot:
    """The study named by `pilot`, else the ablation's own, with its finished runs."""
    own = Path(ablation.base.trainer.runs) / ablation.name
    folder = Path(ablation.pilot) if ablation.pilot else own
    if not (folder / "ablation.json").is_file():
        if ablation.pilot:
            raise InputError(
                f"{path}: pilot: {folder} is not the folder of an ablation: it has no ablation.json"
            )
        raise InputError(
            f"{path}: power is foreseen from finished runs, and {own} has none: finish two cells "
            "under two seeds each (`plion ablate --only`), or name a finished study of the same "
            "test sets (`pilot: runs/OTHER` in the file)"
        )
    [study] = read_studies([folder])
    pilot = read_pilot(study, str(folder))
    _check_tested(f"{path}: {folder}", pilot.runs[0], ablation)
    return pilot


def _check_tested(where: str, run: Run, ablation: Ablation) -> None:
    """Raises InputError if the pilot's runs were tested on other sets than the study will be."""
    suite = ablation.base.data.suite
    if run.record.suite not in (None, suite):
        raise InputError(
            f"{where} was tested on suite {run.record.suite}, and variances on its test sets are "
            f"not those on {suite}"
        )
    if other := set(run.rates) ^ {row.key for row in suite_of(ablation.base)}:
        raise InputError(
            f"{where} was tested on other sets than {suite} has: {', '.join(sorted(other))} in one "
            "of the two only"
        )


def _unrun(ablation: Ablation) -> Study:
    """An ablation as a study of which nothing has been run."""
    runs = tuple(
        Run(cell.exp.name, labels=_texts(cell.labels), seed=cell.seed) for cell in ablation.cells
    )
    axes = {axis: tuple(map(str, labels)) for axis, labels in ablation.axes.items()}
    suite = ablation.base.data.suite
    return Study(ablation.name, suite, runs, axes=axes, variants=tuple(ablation.variants))


def _texts(labels: dict[str, str]) -> dict[str, str]:
    return {axis: str(label) for axis, label in labels.items()}


def _held(ablation: Ablation) -> str:
    hold = ablation.base.hold
    return "" if {AMOUNT, BUDGET} & ablation.axes.keys() else f"{hold.quantity} {hold.amount:g}"


def _tried(ablation: Ablation) -> list[float]:
    """The held amounts of the trials that tune the arms and are no cells; one of each arm is."""
    tuning = read_tuning(ablation)
    arms = tuning.arms if tuning else ()
    return [exp.hold.amount for arm in arms for _, exp in arm.trials[1:]]


def _hours(pace: float | None, amount: float) -> float | None:
    """Hours of training an amount at the pilot's pace, seconds a unit of it; None if unknown."""
    return None if pace is None else pace * amount / 3600


def _price(ablation: Ablation, pilot: Pilot) -> float | None:
    """The price of an hour that the base experiment has, else that the pilot was run at."""
    if (own := ablation.base.trainer.price_per_hour) is not None:
        return own
    return next(
        (run.record.price_per_hour for run in pilot.runs if run.record.price_per_hour), None
    )
