"""What is shown of differences: effects, comparisons along an axis, and the spread over seeds."""

from collections.abc import Sequence
from statistics import fmean, stdev

from plion.evaluation.blocks import MINIMUM
from plion.evaluation.certainty import SEEDS
from plion.evaluation.holm import holm
from plion.evaluation.scoring import macro_average
from plion.studies.block import Block
from plion.studies.collect import Run, Study
from plion.studies.effects import REPLICATES, Effect, comparisons, effects
from plion.studies.figures import run_rates

LEVEL = 0.05
FEW, _SURVIVES = "†", "*"
FEW_NOTE = (
    f"{FEW} fewer than {MINIMUM} blocks: by Student's t; such intervals cover a little less than "
    "95 %."
)
_FIGURES = ["difference", "interval", "p", "Holm p", "visible"]


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
        notes = _notes(study, own, sum(map(len, found)))
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
                *([_matched(effect)] if tested else []),
            ]
            for effect, p in zip(own, corrected, strict=True)
        ]
        header = ["contrast", "on", *_FIGURES] + (["MAPSSWE z (p)"] if tested else [])
        title = f"{study.name}: {axis} against {study.axes[axis][0]}, in points"
        blocks.append(Block(title, header, rows, _notes(study, own, sum(map(len, found)))))
    return blocks


def seeds_block(study: Study) -> Block:
    """Every cell's rates over its seeds, mean and standard deviation; no rows with one seed."""
    cells: dict[tuple[str, ...], list[Run]] = {}
    for run in study.runs:
        if run.labels and run.scores:
            cells.setdefault(tuple(run.labels.values()), []).append(run)
    keys = list(dict.fromkeys(row.key for run in study.runs for row in run.benchmarks))
    rows = [
        [", ".join(labels), str(len(runs)), *(_spread(runs, key) for key in keys), _spread(runs)]
        for labels, runs in cells.items()
        if len(runs) > 1
    ]
    title = f"{study.name}: mean and standard deviation over seeds"
    return Block(title, ["cell", "seeds", *keys, "macro"], rows)


def _spread(runs: Sequence[Run], key: str = "") -> str:
    rates = [run_rates(run) for run in runs]
    values = [own.get(key) if key else macro_average(own) for own in rates]
    known = [value for value in values if value is not None]
    if len(known) < len(runs):
        return ""
    return f"{fmean(known):.2f} ± {stdev(known):.2f}"


def _corrected(found: Sequence[Sequence[Effect]]) -> list[list[float | None]]:
    """The p values of everything that is shown, corrected for each other."""
    values = [effect.interval.p for own in found for effect in own if effect.interval]
    left = iter(holm(values))
    return [[next(left) if effect.interval else None for effect in own] for own in found]


def _figures(effect: Effect, corrected: float | None) -> list[str]:
    found = effect.interval
    if not found or corrected is None:
        return ["", effect.reason, "", "", ""]
    return [
        f"{found.estimate:+.2f}",
        f"[{found.low:+.2f}, {found.high:+.2f}]" + (FEW if found.few else ""),
        _probability(found.p),
        _probability(corrected) + (f" {_SURVIVES}" if corrected <= LEVEL else ""),
        f"{found.visible:.2f}",
    ]


def _matched(effect: Effect) -> str:
    found = effect.matched
    return f"{found.z:+.2f} ({_probability(found.p)})" if found else ""


def _probability(p: float) -> str:
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _notes(study: Study, found: Sequence[Effect], shown: int) -> list[str]:
    notes = [
        _certainty(len({run.seed for run in study.runs if run.labels})),
        f"Holm p: corrected for the {shown} differences shown, {_SURVIVES} at most {LEVEL}. "
        f"Visible: the smallest true difference that four of five such comparisons would have "
        f"found at p {LEVEL}, uncorrected.",
    ]
    if any(effect.interval and effect.interval.few for effect in found):
        notes.append(FEW_NOTE)
    if any(effect.matched for effect in found):
        notes.append(
            "MAPSSWE: NIST's matched-pairs test, which takes what one speaker says as independent; "
            "not corrected."
        )
    remarks = dict.fromkeys(f"{effect.name}: {effect.remark}." for effect in found if effect.remark)
    return [*notes, *remarks]


def _certainty(seeds: int) -> str:
    paired = f"paired bootstrap over blocks of test utterances ({REPLICATES:,} replicates)"
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
