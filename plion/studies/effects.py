"""What each factor of an ablation changes: differences of macro averages, paired by utterance."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from plion.evaluation.certainty import Interval, contrast
from plion.evaluation.scoring import covered
from plion.studies.collect import Run, Study
from plion.studies.figures import run_rates, sample

Labels = dict[str, str]
Cells = list[tuple[Labels, float]]  # cells of the grid and their coefficients


@dataclass(frozen=True)
class Effect:
    """A difference of macro averages in points; without an interval, `reason` says why not."""

    name: str
    interval: Interval | None
    reason: str = ""


def effects(study: Study) -> list[Effect]:
    """Each factor against the reference, then what every two factors do together.

    The reference is the first label of every axis. A factor's effect is that of one other label,
    all else at the reference; an interaction is how much the effect of one label differs under
    another axis's label. Over seeds, the mean.
    """
    reference = {axis: labels[0] for axis, labels in study.axes.items()}
    mains = [_difference(reference, axis, label) for axis, label in _others(study)]
    pairs = [
        _interaction(reference, first, second)
        for first, second in combinations(_others(study), 2)
        if first[0] != second[0]
    ]
    return [_estimate(study, name, cells) for name, cells in mains + pairs]


def comparisons(study: Study, axis: str) -> list[Effect]:
    """One axis's labels against its first, at every level of the other axes."""
    first, *others = study.axes[axis]
    levels = [
        dict(zip(study.axes, labels, strict=True))
        for labels in product(*study.axes.values())
        if labels[list(study.axes).index(axis)] == first
    ]
    named = [_difference(level, axis, label) for level in levels for label in others]
    return [_estimate(study, name, cells) for name, cells in named]


def _others(study: Study) -> Iterator[tuple[str, str]]:
    """Every label of every axis but the first."""
    for axis, labels in study.axes.items():
        for label in labels[1:]:
            yield axis, label


def _difference(level: Labels, axis: str, label: str) -> tuple[str, Cells]:
    where = ", ".join(f"{name} {value}" for name, value in level.items() if name != axis)
    name = f"{axis}: {label} - {level[axis]}" + (f" (at {where})" if where else "")
    return name, [(level, -1.0), ({**level, axis: label}, 1.0)]


def _interaction(
    reference: Labels, first: tuple[str, str], second: tuple[str, str]
) -> tuple[str, Cells]:
    one, other = dict([first]), dict([second])
    return f"interaction: {first[0]} {first[1]} x {second[0]} {second[1]}", [
        (reference, 1.0),
        (reference | one, -1.0),
        (reference | other, -1.0),
        (reference | one | other, 1.0),
    ]


def _estimate(study: Study, name: str, cells: Cells) -> Effect:
    runs: list[Run] = []
    coefficients: list[float] = []
    for labels, coefficient in cells:
        seeds = [run for run in study.runs if run.labels == labels]
        if not seeds:
            return Effect(name, None, f"not run: {', '.join(labels.values())}")
        runs += seeds
        coefficients += [coefficient / len(seeds)] * len(seeds)
    reason = _not_comparable(runs)
    if reason:
        return Effect(name, None, reason)
    keys = covered(run_rates(runs[0]))
    samples = [sample([run.scores[key] for run in runs]) for key in keys]
    return Effect(name, contrast(samples, coefficients))


def _not_comparable(runs: Sequence[Run]) -> str:
    """Why runs cannot be paired by utterance; empty where they can."""
    unscored = [f"{run.name} {run.status}" for run in runs if not covered(run_rates(run))]
    if unscored:
        return ", ".join(unscored)
    tested = [_utterances(run) for run in runs]
    for run, other in zip(runs[1:], tested[1:], strict=True):
        if other != tested[0]:
            return f"{run.name} was tested on other utterances than {runs[0].name}"
    return ""


def _utterances(run: Run) -> Mapping[str, tuple[tuple[str, ...], bytes]]:
    """What a run was tested on: the ids and reference lengths of each covered set."""
    return {
        key: (run.scores[key].ids, run.scores[key].utterances.lengths.tobytes())
        for key in covered(run_rates(run))
    }
