"""The notes below tables of differences: what intervals cover, what tests are corrected for."""

from collections.abc import Sequence

from plion.results.analysis.effects import Effect
from plion.scoring.statistics.estimate import ONE_SEED
from plion.scoring.statistics.holm import LEVEL
from plion.scoring.statistics.rate import FEW_NOTE, unknown_notes
from plion.scoring.statistics.resampled import TEST_REPLICATES
from plion.scoring.statistics.seeds import EQUAL_LEVEL

SURVIVES = "*"  # marks a corrected p of at most LEVEL


def difference_notes(found: Sequence[Effect], families: str, margin: float | None) -> list[str]:
    """The notes on differences; families: what p is corrected for, empty if there is none."""
    notes = _certainty(found)
    if any(effect.combinations > 1 for effect in found):
        notes.append(
            "Mean of: how many combinations of the other axes a difference is averaged over, each "
            "counted the same."
        )
    if families:
        notes.append(f"Holm p: corrected for {families}")
    if margin is not None:
        notes.append(_equivalence(margin))
    notes += [
        "Visible: the smallest true difference that four of five such comparisons would have found "
        f"at p {LEVEL}, uncorrected.",
        *([FEW_NOTE] if any(one.interval and one.interval.few for one in found) else []),
        *unknown_notes([(one.on, one.interval) for one in found if one.interval]),
    ]
    reasons: dict[str, dict[str, None]] = {}
    for effect in found:
        if effect.reason:
            reasons.setdefault(effect.reason, {})[effect.name] = None
    notes += [f"{'; '.join(own)}: no difference, as {reason}." for reason, own in reasons.items()]
    remarks = dict.fromkeys(f"{effect.name}: {effect.remark}." for effect in found if effect.remark)
    return [*notes, *remarks]


def _equivalence(margin: float) -> str:
    return (
        f"Conclusion: equivalent if a difference is smaller than the margin (points: {margin:g}), "
        f"up or down, at p {LEVEL} (two one-sided t tests with the difference's standard error "
        "and degrees of freedom, corrected by Holm for as many), even if it is not 0; else "
        f"different if it has a {SURVIVES}; else open."
    )


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
