"""The runs of a contrast: paired by seed, decoded alike, tested on the same utterances."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from plion.errors import listed
from plion.results.analysis.contrasts.contrast import Combination, Contrast
from plion.results.analysis.pairing import by_seed, decoded_alike, intersected, unpaired, utterances
from plion.results.analysis.peers import training_of
from plion.results.reading.study import Run, Study


@dataclass(frozen=True, eq=False)
class Compared:
    """The runs that a contrast compares, or the reason why there are none.

    shares: the coefficient of each run. cut: the runs, reduced to the utterances that all have
    where that was asked for. combinations: how many are averaged. forced: whether all are decoded
    with the language given. remark: what was left out.
    """

    shares: dict[Run, float] = field(default_factory=dict)
    cut: Sequence[Run] = ()
    combinations: int = 0
    forced: bool = False
    remark: str = ""
    reason: str = ""

    @property
    def runs(self) -> list[Run]:
        """The runs as they are, in the order of `cut`."""
        return [*self.shares]

    @property
    def seeds(self) -> int:
        """The fewest runs that a cell compared has; 0 without runs."""
        numbers = Counter(frozenset(run.labels.items()) for run in self.shares)
        return min(numbers.values(), default=0)


@dataclass(frozen=True, eq=False)
class _Part:
    """The runs of one combination and their coefficients, or the reason why there are none.

    seeds: those that all of its cells have, where a cell has more; else empty.
    """

    shares: dict[Run, float] = field(default_factory=dict)
    forced: bool = False
    seeds: str = ""
    reason: str = ""


def compare_cells(study: Study, contrast: Contrast, *, intersect: bool) -> Compared:
    """The runs of a contrast's cells.

    Combinations in which a cell has no scored run are left out. `intersect`: runs tested on
    different utterances are compared on those they share.
    """
    parts = [_part(study, own) for own in contrast.combinations]
    found = [part for part in parts if not part.reason]
    forced = bool(parts) and all(part.forced for part in found or parts)
    reasons = list(dict.fromkeys(part.reason for part in parts if part.reason))
    if not found:
        return Compared(forced=forced, reason=contrast.lacking or listed(reasons))
    remarks = [_decoding(found), _seeds(found), _left_out(contrast, found, reasons)]
    # A training that two of the cells share is one run, and counts once.
    first: dict[object, Run] = {}
    shares = defaultdict[Run, float](float)
    for part in found:
        for run, share in part.shares.items():
            shares[first.setdefault(training_of(run), run)] += share / len(found)
    runs = list(shares)
    cut, reason = runs, unpaired(runs)
    if reason and intersect:
        tested = max(map(utterances, runs))
        cut = intersected(runs)
        reason = unpaired(cut)
        remarks.append(f"on the {utterances(cut[0]):,} of {tested:,} utterances that all have")
    if reason:
        return Compared(forced=forced, reason=reason)
    return Compared(shares, cut, len(found), forced, ", ".join(filter(None, remarks)))


def _part(study: Study, cells: Combination) -> _Part:
    own = [study.labelled(labels) for labels, _ in cells]
    every, forced = decoded_alike(study, own)
    for there, arm, (labels, _) in zip(own, every, cells, strict=True):
        if not arm:
            why = "not decoded with the language given" if there else "not run"
            return _Part(forced=forced, reason=f"{why}: {', '.join(labels.values())}")
    # Runs without scores are left out if another seed has scores.
    paired = by_seed([[run for run in arm if run.scores] or arm for arm in every])
    if not paired:
        return _Part(forced=forced, reason="no seed in common")
    unscored = [f"{run.title} {run.status}" for runs in paired for run in runs if not run.rates]
    if unscored:
        return _Part(forced=forced, reason=", ".join(unscored))
    shares = defaultdict[Run, float](float)
    for runs in paired:
        for run, (_, weight) in zip(runs, cells, strict=True):
            shares[run] += weight / len(paired)
    fewer = any(len(arm) > len(paired) for arm in every)
    seeds = ", ".join(str(run.seed) for run, *_ in paired) if fewer else ""
    return _Part(shares, forced, seeds)


def _decoding(found: Sequence[_Part]) -> str:
    forced = sum(part.forced for part in found)
    if forced in (0, len(found)):
        return "between forced rows" if forced else ""
    return f"between forced rows in {forced} of {len(found)} combinations"


def _seeds(found: Sequence[_Part]) -> str:
    seeds = {part.seeds for part in found}
    if len(seeds) == 1:
        return f"over the seeds that all have ({seeds.pop()})" if any(seeds) else ""
    return "in each combination over the seeds that all of its cells have"


def _left_out(contrast: Contrast, found: Sequence[_Part], reasons: Sequence[str]) -> str:
    if len(found) == contrast.possible:
        return ""
    why = f" ({listed(reasons)})" if reasons else ""
    return f"over {len(found)} of {contrast.possible} combinations of the other axes{why}"
