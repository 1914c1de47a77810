"""Tables of differences: the effects of a question, simple effects, comparisons along an axis."""

from collections.abc import Sequence
from itertools import chain

from plion.results.analysis.effects import Effect, comparisons, effects, simple_effects
from plion.results.analysis.verdicts import effect_verdicts, family_verdicts
from plion.results.reading.study import Study
from plion.results.tables.differences.notes import SURVIVES
from plion.results.tables.differences.table import difference_table
from plion.scoring.statistics.averages import MACRO
from plion.scoring.statistics.holm import LEVEL
from plion.typesetting.table import Table

_STARRED = f"{SURVIVES} at most {LEVEL}."


def effects_table(study: Study, *, intersect: bool) -> Table:
    """The main effects, variants and interactions of a study.

    Those on the macro average come first: they are the family of Holm's correction that answers the
    study's question. Those on languages are another.
    """
    title = "Effects on the macro average and on each language, in points"
    apart = "Simple effects (--tables simple) are families of their own."
    return _of_averages(study, effects(study, intersect=intersect), title, apart)


def simple_effects_table(study: Study, *, intersect: bool) -> Table:
    """The effects of each label at the reference of all other axes."""
    reference = ", ".join(f"{axis} {label}" for axis, label in study.reference.items())
    title = f"Simple effects on the macro average and on each language, in points, at {reference}"
    apart = "The effects that answer the question are families of their own."
    return _of_averages(study, simple_effects(study, intersect=intersect), title, apart)


def _of_averages(study: Study, found: Sequence[Effect], title: str, apart: str) -> Table:
    verdicts = effect_verdicts(found, study.margin)
    tested = [effect.on for effect, verdict in verdicts.items() if verdict]
    on_macro = tested.count(MACRO)
    families = f"{_differences(on_macro)} of the macro average"
    if on_macro < len(tested):
        families += f", and apart from that for {_differences(len(tested) - on_macro)} of languages"
    ordered = sorted(found, key=lambda effect: effect.on != MACRO)
    told = f"{families}, {_STARRED} {apart}"
    return difference_table(title, ordered, verdicts, told, margin=study.margin)


def comparison_tables(studies: Sequence[Study], axis: str, *, intersect: bool) -> list[Table]:
    """A table per study of one axis's contrasts, per benchmark and combination of other axes.

    The axis may be that of the variants. All differences shown are one family.
    """
    each = [comparisons(study, axis, intersect=intersect) for study in studies]
    every = list(chain.from_iterable(each))
    margins = [study.margin for study, own in zip(studies, each, strict=True) for _ in own]
    family = family_verdicts([effect.interval for effect in every], margins)
    verdicts = dict(zip(every, family, strict=True))
    told = f"{_differences(sum(map(bool, family)))} shown, {_STARRED}"
    tables = []
    for study, own in zip(studies, each, strict=True):
        title = f"{study.name}: {axis} against {_first(study, axis)}, in points"
        margin, prefix = study.margin, f"{axis}: "
        tables.append(difference_table(title, own, verdicts, told, margin=margin, prefix=prefix))
    return tables


def _first(study: Study, axis: str) -> str:
    """What the labels of an axis are compared with: its first, or for variants the reference."""
    return study.axes[axis][0] if axis in study.axes else ", ".join(study.reference.values())


def _differences(number: int) -> str:
    return "the one difference" if number == 1 else f"the {number} differences"
