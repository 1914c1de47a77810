"""Tables of differences: effects, comparisons along an axis, deviations over seeds."""

from collections.abc import Callable, Collection, Mapping, Sequence

from plion.results.analysis.effects import Effect, comparisons, effects
from plion.results.reading.study import Study
from plion.scoring.statistics.averages import MACRO
from plion.scoring.statistics.estimate import ONE_SEED, ends, probability
from plion.scoring.statistics.holm import LEVEL, holm
from plion.scoring.statistics.rate import FEW_NOTE, unknown_notes
from plion.scoring.statistics.resampled import TEST_REPLICATES
from plion.scoring.statistics.seeds import EQUAL_LEVEL
from plion.typesetting.table import Table

_SURVIVES = "*"
_TESTED = ["p", "Holm p"]
_Found = Sequence[Sequence[Effect]]  # of each study


def effects_tables(studies: Sequence[Study], *, intersect: bool) -> list[Table]:
    """A table per study of main effects against the reference and interactions.

    Holm's correction has two families: effects on the macro average, and on languages.
    """
    found = [effects(study, intersect=intersect) for study in studies]
    on_macro = _corrected(found, lambda effect: effect.on == MACRO)
    on_languages = _corrected(found, lambda effect: effect.on != MACRO)
    tables = []
    for study, own in zip(studies, found, strict=True):
        reference = ", ".join(f"{axis} {label}" for axis, label in study.reference.items())
        title = f"Effects on the macro average and on each language, in points, against {reference}"
        families = f"{_differences(on_macro)} of the macro average"
        if on_languages:
            families += f", and apart from that for {_differences(on_languages)} of languages"
        tables.append(_table(title, own, on_macro | on_languages, families, prefix=""))
    return tables


def comparison_tables(studies: Sequence[Study], axis: str, *, intersect: bool) -> list[Table]:
    """A table per study of one axis's contrasts, per benchmark and combination of other axes.

    The axis may be that of the variants.
    """
    found = [comparisons(study, axis, intersect=intersect) for study in studies]
    corrected = _corrected(found, lambda effect: True)
    families = f"{_differences(corrected)} shown"
    return [
        _table(
            f"{study.name}: {axis} against {_first(study, axis)}, in points",
            own, corrected, families, prefix=f"{axis}: ",
        )
        for study, own in zip(studies, found, strict=True)
    ]  # fmt: skip


def _first(study: Study, axis: str) -> str:
    """What the labels of an axis are compared with: its first, or for variants the reference."""
    return study.axes[axis][0] if axis in study.axes else ", ".join(study.reference.values())


def _table(
    title: str,
    found: Sequence[Effect],
    corrected: Mapping[Effect, float],
    families: str,
    *,
    prefix: str,
) -> Table:
    tested = any(effect in corrected for effect in found)
    overs = list(dict.fromkeys(effect.interval.over for effect in found if effect.interval))
    over = f" over {overs[0]}" if len(overs) == 1 else ""
    header = ["contrast", "on", "difference", f"interval{over}", *(_TESTED if tested else [])]
    header.append(f"visible{over}")
    rows = [
        [
            effect.name.removeprefix(prefix),
            effect.on,
            *_difference_cells(effect, corrected, tested=tested),
        ]
        for effect in found
    ]
    return Table(title, header, rows, _notes(found, families if tested else ""), words=2)


def _corrected(found: _Found, belongs: Callable[[Effect], bool]) -> dict[Effect, float]:
    """Holm-corrected p of the effects of a family that can be tested."""
    family = [
        effect
        for own in found
        for effect in own
        if effect.interval and effect.interval.decides and belongs(effect)
    ]
    values = holm([effect.interval.p for effect in family if effect.interval])
    return dict(zip(family, values, strict=True))


def _differences(family: Collection[Effect]) -> str:
    return "the one difference" if len(family) == 1 else f"the {len(family)} differences"


def _difference_cells(
    effect: Effect, corrected: Mapping[Effect, float], *, tested: bool
) -> list[str]:
    found = effect.interval
    if not found:
        return [""] * (3 + len(_TESTED) * tested)
    own = corrected.get(effect)
    p = ["", ""] if own is None else [probability(found.p), _corrected_p(own)]
    return [
        f"{found.estimate:+.2f}",
        ends(found.low, found.high, few=found.few, sign="+"),
        *(p if tested else []),
        "" if found.visible is None else f"{found.visible:.2f}",
    ]


def _corrected_p(corrected: float) -> str:
    return probability(corrected) + (f" {_SURVIVES}" if corrected <= LEVEL else "")


def _notes(found: Sequence[Effect], families: str) -> list[str]:
    notes = _certainty(found)
    if families:
        notes.append(f"Holm p: corrected for {families}, {_SURVIVES} at most {LEVEL}.")
    notes += [
        "Visible: the smallest true difference that four of five such comparisons would have found "
        f"at p {LEVEL}, uncorrected.",
        *([FEW_NOTE] if any(one.interval and one.interval.few for one in found) else []),
        *unknown_notes([(one.on, one.interval) for one in found if one.interval]),
    ]
    notes += dict.fromkeys(
        f"{effect.name}: no difference, as {effect.reason}." for effect in found if effect.reason
    )
    remarks = dict.fromkeys(f"{effect.name}: {effect.remark}." for effect in found if effect.remark)
    return [*notes, *remarks]


def _certainty(found: Sequence[Effect]) -> list[str]:
    """Notes on what the intervals cover."""
    known = [effect for effect in found if effect.interval]
    notes = []
    bootstrap = f"paired bootstrap of clusters of test utterances, {TEST_REPLICATES:,} replicates"
    lone = [effect for effect in known if effect.interval and effect.interval.over == ONE_SEED]
    several = [effect for effect in known if effect.interval and effect.interval.seeds]
    if lone:
        contrasts = dict.fromkeys(effect.name for effect in lone)
        named = "" if len(lone) == len(known) else f" ({', '.join(contrasts)})"
        notes.append(
            f"Differences over one seed{named} are not established and have no p: the 95 % "
            f"intervals and what is visible are over test utterances, one seed ({bootstrap}). What "
            "another seed would change is not in them."
        )
    return notes + ([_pooled(several, bootstrap)] if several else [])


def _pooled(found: Sequence[Effect], bootstrap: str) -> str:
    """The note on intervals over several seeds."""
    known = [effect.interval for effect in found if effect.interval]
    freedoms = sorted({f"{one.seeds:g}" for one in known if one.pooled})
    text = f"95 % intervals and p are over seeds and test utterances: {bootstrap}, and "
    own = "each cell's own variance over its seeds, with degrees of freedom by Welch-Satterthwaite"
    if not freedoms:
        return f"{text}{own}, as cells plainly differ in it (Cochran's test, p {EQUAL_LEVEL})."
    text += (
        "the variance over seeds, estimated for each figure on its own and pooled over the cells "
        f"of the study ({' or '.join(freedoms)} degrees of freedom), but no less than that of the "
        "cells compared, nor than if the test sets varied independently."
    )
    if apart := [effect for effect in found if effect.interval and not effect.interval.pooled]:
        text += (
            f" Where cells plainly differ in it (Cochran's test, p {EQUAL_LEVEL}), it is {own}: "
            f"{'; '.join(_names(apart))}."
        )
    return text


def _names(found: Sequence[Effect]) -> list[str]:
    """Each contrast once, with the benchmarks or averages it is on."""
    ons: dict[str, list[str]] = {}
    for effect in found:
        ons.setdefault(effect.name, []).append(effect.on)
    return [f"{name} on {', '.join(own)}" for name, own in ons.items()]
