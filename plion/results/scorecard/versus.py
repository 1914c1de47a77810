"""Compare two systems' transcripts of the same utterances, with significance tests.

The tests say whether these two outputs differ by more than the choice of test utterances explains.
They say nothing about the methods: another training of the same method gives other outputs.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from plion.results.analysis.rates import resampled
from plion.results.reading.study import Run
from plion.results.scorecard.study import scorecard_study
from plion.scoring.scorecard import Scorecard
from plion.scoring.statistics.averages import sets_and_macro
from plion.scoring.statistics.estimate import Interval, ends, probability
from plion.scoring.statistics.holm import holm
from plion.scoring.statistics.intervals import interval
from plion.scoring.statistics.mapsswe import Alignment, MatchedPairs, align, matched_pairs
from plion.scoring.statistics.rate import FEW_NOTE, unknown_notes
from plion.scoring.statistics.resampled import TEST_REPLICATES
from plion.scoring.statistics.resampling.clusters import MINIMUM
from plion.text.tokens import tokenized
from plion.typesetting.table import Table

_HEADER = [
    "on", "difference", "interval over test utterances", "p", "Holm p", "MAPSSWE z", "MAPSSWE p",
    "segments",
]  # fmt: skip
_NOTES = (
    f"95 % intervals and p: paired bootstrap of clusters of test utterances, {TEST_REPLICATES:,} "
    "replicates. They say that these two outputs differ, not that one method is better: another "
    "training of either would give other outputs.",
    "Holm p: corrected for the differences shown.",
    "MAPSSWE: NIST's matched-pairs test, which treats segments of one speaker as independent; not "
    f"corrected; no p for fewer than {MINIMUM} segments with errors, no z if all their differences "
    "are equal.",
)


@dataclass(frozen=True)
class _Difference:
    """The first system's rate minus the second's, on one benchmark or the `macro` average."""

    on: str
    interval: Interval
    matched: MatchedPairs | None


def versus_table(first: Scorecard, second: Scorecard) -> Table:
    """The difference in points on each benchmark that has a rate, and on their mean.

    Both scorecards must be of the same manifests and profile.
    """
    found = list(_differences(*scorecard_study(first, second).runs))
    corrected = holm([one.interval.p for one in found])
    rows = [_row(one, p) for one, p in zip(found, corrected, strict=True)]
    notes = [*_NOTES, *([FEW_NOTE] if any(one.interval.few for one in found) else [])]
    notes += unknown_notes([(one.on, one.interval) for one in found])
    return Table("The first transcripts minus the second, in points", _HEADER, rows, notes)


def _differences(first: Run, second: Run) -> Iterator[_Difference]:
    if not first.rates:
        return
    drawn = resampled((first, second), TEST_REPLICATES)
    for on, weights in sets_and_macro(list(first.rates)).items():
        matched = None
        if on in first.rates:
            matched = matched_pairs(*(_aligned(run, on) for run in (first, second)))
        yield _Difference(on, interval(drawn, weights, (1.0, -1.0)), matched)


def _aligned(run: Run, key: str) -> list[Alignment]:
    one = run.scores[key]
    benchmark = one.benchmark
    pairs = tokenized(
        one.references, one.texts, benchmark.spoken, benchmark.metric, profile=run.profile
    )
    return [align(words, said) for words, said in pairs]


def _row(one: _Difference, corrected: float) -> list[str]:
    found, matched = one.interval, one.matched
    shown = [
        one.on,
        f"{found.estimate:+z.2f}",
        ends(found.low, found.high, few=found.few, sign="+"),
        *([probability(found.p), probability(corrected)] if found.known else ["", ""]),
    ]
    if matched is None:
        return [*shown, "", "", ""]
    z = "" if matched.z is None else f"{matched.z:+.2f}"
    few = matched.p is None or matched.segments < MINIMUM
    p = "" if few or matched.p is None else probability(matched.p)
    return [*shown, z, p, f"{matched.segments:,}"]
