"""What is shown of differences: effects, comparisons along an axis, and the spread over seeds."""

from collections.abc import Sequence
from statistics import fmean

from plion.evaluation.averages import MACRO
from plion.evaluation.blocks import MINIMUM
from plion.evaluation.certainty import SEEDS, TEST_REPLICATES, ends
from plion.evaluation.figure import FEW_NOTE, unknown_notes
from plion.evaluation.holm import holm
from plion.studies.cells import Cell, cell_rates, cells, deviations
from plion.studies.collect import Study
from plion.studies.effects import Effect, comparisons, effects
from plion.typesetting.block import Block

LEVEL = 0.05
_SURVIVES = "*"
_FIGURES = ["difference", "interval", "p", "Holm p", "visible"]
_MATCHED = ["MAPSSWE z", "MAPSSWE p", "segments"]


def effects_blocks(studies: Sequence[Study], intersect: bool) -> list[Block]:
    """Of each study the factors against the reference and the interactions."""
    found = [effects(study, intersect) for study in studies]
    blocks = []
    for study, own, corrected in zip(studies, found, _corrected(found), strict=True):
        reference = ", ".join(f"{axis} {labels[0]}" for axis, labels in study.axes.items())
        title = f"Effects on the macro average, in points, against {reference}"
        rows = [
            [effect.name, *_figures(effect, p)] for effect, p in zip(own, corrected, strict=True)
        ]
        notes = _notes(study, own, _shown(found))
        blocks.append(Block(title, ["contrast", *_FIGURES], rows, notes))
    return blocks


def comparison_blocks(studies: Sequence[Study], axis: str, intersect: bool) -> list[Block]:
    """Of each study one axis's contrasts, benchmark by benchmark, at every level of the others."""
    found = [comparisons(study, axis, intersect) for study in studies]
    blocks = []
    for study, own, corrected in zip(studies, found, _corrected(found), strict=True):
        tested = any(effect.matched for effect in own)
        rows = [
            [
                effect.name.removeprefix(f"{axis}: "),
                effect.on,
                *_figures(effect, p),
                *(_matched(effect) if tested else []),
            ]
            for effect, p in zip(own, corrected, strict=True)
        ]
        header = ["contrast", "on", *_FIGURES] + (_MATCHED if tested else [])
        title = f"{study.name}: {axis} against {study.axes[axis][0]}, in points"
        blocks.append(Block(title, header, rows, _notes(study, own, _shown(found))))
    return blocks


def seeds_block(study: Study) -> Block:
    """Every cell's rates over its seeds, mean and standard deviation; no rows with one seed."""
    keys = list(dict.fromkeys(row.key for run in study.runs for row in run.benchmarks))
    rows = [_seeds_row(cell, keys) for cell in cells(study) if len(cell.runs) > 1]
    title = f"{study.name}: mean and standard deviation over seeds"
    note = "macro: plain mean over the n test sets that all seeds of a cell have."
    return Block(title, ["cell", "seeds", *keys, "macro", "n"], rows, [note])


def _seeds_row(cell: Cell, keys: Sequence[str]) -> list[str]:
    rates, spread = cell_rates(cell), deviations(cell)
    means = rates | ({MACRO: fmean(rates.values())} if rates else {})
    shown = [
        f"{means[key]:.2f} ± {spread[key]:.2f}" if key in means else "" for key in (*keys, MACRO)
    ]
    n = f"{cell.coverage}/{len(cell.runs[0].benchmarks)}"
    return [cell.name, str(len(cell.runs)), *shown, n]


def over_seeds(study: Study) -> list[str]:
    """What the figures of cells with several seeds are, by how many they have."""
    numbers = sorted({len(cell.runs) for cell in cells(study) if len(cell.runs) > 1})
    if not numbers:
        return []
    ways = []
    if few := [str(number) for number in numbers if number < SEEDS]:
        ways.append(
            f"over {' or '.join(few)} seeds the wider of Student's t on the averages of the seeds "
            "and on the blocks"
        )
    if many := [str(number) for number in numbers if number >= SEEDS]:
        ways.append(f"over {' or '.join(many)} seeds from seeds drawn, then blocks")
    return [
        "Over several seeds: means ± standard deviation of one seed; the intervals of their "
        f"averages: {'; '.join(ways)}."
    ]


def _shown(found: Sequence[Sequence[Effect]]) -> int:
    return sum(effect.interval is not None for own in found for effect in own)


def _corrected(found: Sequence[Sequence[Effect]]) -> list[list[float | None]]:
    """The p values of everything that is shown, corrected for each other."""
    values = [effect.interval.p for own in found for effect in own if effect.interval]
    left = iter(holm(values))
    return [[next(left) if effect.interval else None for effect in own] for own in found]


def _figures(effect: Effect, corrected: float | None) -> list[str]:
    found = effect.interval
    if not found or corrected is None:
        return [""] * len(_FIGURES)
    return [
        f"{found.estimate:+.2f}",
        ends(found.low, found.high, found.few, "+"),
        _probability(found.p) if found.known else "",
        _corrected_p(corrected) if found.known else "",
        "" if found.visible is None else f"{found.visible:.2f}",
    ]


def _corrected_p(corrected: float) -> str:
    return _probability(corrected) + (f" {_SURVIVES}" if corrected <= LEVEL else "")


def _matched(effect: Effect) -> list[str]:
    found = effect.matched
    if not found:
        return [""] * len(_MATCHED)
    z = "" if found.z is None else f"{found.z:+.2f}"
    few = found.segments < MINIMUM
    return [z, "" if found.p is None or few else _probability(found.p), f"{found.segments:,}"]


def _probability(p: float) -> str:
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _notes(study: Study, found: Sequence[Effect], shown: int) -> list[str]:
    notes = [
        _certainty(len({run.seed for run in study.runs if run.labels})),
        f"Holm p: corrected for the {shown} differences shown, {_SURVIVES} at most {LEVEL}. "
        f"Visible: the smallest true difference that four of five such comparisons would have "
        f"found at p {LEVEL}, uncorrected.",
        *([FEW_NOTE] if any(one.interval and one.interval.few for one in found) else []),
        *unknown_notes([(one.on, one.interval) for one in found if one.interval]),
    ]
    if any(effect.matched for effect in found):
        notes.append(
            "MAPSSWE: NIST's matched-pairs test, which takes what one speaker says as independent; "
            f"not corrected; no p under {MINIMUM} segments with errors, no z where their "
            "differences do not vary."
        )
    notes += dict.fromkeys(
        f"{effect.name}: no difference, as {effect.reason}." for effect in found if effect.reason
    )
    remarks = dict.fromkeys(f"{effect.name}: {effect.remark}." for effect in found if effect.remark)
    return [*notes, *remarks]


def _certainty(seeds: int) -> str:
    paired = f"paired bootstrap over blocks of test utterances ({TEST_REPLICATES:,} replicates)"
    if seeds < 2:
        return (
            "Differences between rows are not established: there is one seed, and the 95 % "
            f"intervals and p are of a {paired} alone. What another seed would change is not in "
            "them."
        )
    if seeds < SEEDS:
        return (
            f"Means over {seeds} seeds; 95 % intervals and p: the wider of Student's t on the "
            f"differences of the {seeds} seeds and on those of the blocks of test utterances."
        )
    return f"Means over {seeds} seeds; 95 % intervals and p: seeds drawn, then a {paired}."
