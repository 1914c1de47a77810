"""`effects.csv`: the effects of studies and what their tests say, for scripts."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from plion.results.analysis.effects import Effect, effects, simple_effects
from plion.results.analysis.verdicts import Verdict, effect_verdicts
from plion.results.reading.study import Study
from plion.system.files import atomic_write
from plion.typesetting.formats import comma_separated


@dataclass(frozen=True)
class EffectRow:
    """An effect on an average: a line of effects.csv. Figures in points; None is an empty field.

    kind: main effect, variant, interaction or simple effect. ci_low, ci_high: of 95 %. p_holm:
    corrected for the effects on the macro average, or for those on languages; simple effects are
    families apart. p_outside: of a true difference of `margin` or more in either direction.
    conclusion: different, equivalent or open; empty without p. combinations: of the other axes that
    it is averaged over, of so many `possible`. reason: why there is no difference.
    """

    ablation: str
    kind: str
    contrast: str
    on: str
    difference: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    standard_error: float | None = None
    degrees_of_freedom: float | None = None
    interval_over: str = ""
    p: float | None = None
    p_holm: float | None = None
    margin: float | None = None
    p_outside: float | None = None
    p_outside_holm: float | None = None
    conclusion: str = ""
    combinations: int = 0
    possible: int = 1
    reason: str = ""


def effect_rows(study: Study, *, intersect: bool) -> Iterator[EffectRow]:
    """The effects of the question, then simple effects, with the verdicts of their families."""
    for find in (effects, simple_effects):
        found = find(study, intersect=intersect)
        for effect, verdict in effect_verdicts(found, study.margin).items():
            yield _row(study, effect, verdict)


def write_effects(rows: Sequence[EffectRow], path: Path) -> None:
    """Writes rows as CSV."""
    header = [field.name for field in fields(EffectRow)]
    lines = [[_cell(value) for value in asdict(row).values()] for row in rows]
    atomic_write(path, comma_separated(header, lines))


def _row(study: Study, effect: Effect, verdict: Verdict | None) -> EffectRow:
    contrast, found = effect.contrast, effect.interval
    known = found if found and found.known else None
    margin = study.margin if verdict else None
    return EffectRow(
        study.name,
        contrast.kind,
        effect.name,
        effect.on,
        found.estimate if found else None,
        known.low if known else None,
        known.high if known else None,
        known.error if known else None,
        known.freedom if known else None,
        found.over if found else "",
        found.p if found and verdict else None,
        verdict.p if verdict else None,
        margin,
        found.outside(margin) if found and margin is not None else None,
        verdict.outside if verdict else None,
        verdict.conclusion if verdict else "",
        effect.combinations,
        contrast.possible,
        effect.reason,
    )


def _cell(value: float | str | None) -> float | str | None:
    return f"{value:.6g}" if isinstance(value, float) else value
