"""The text of `plion ablate --status`: every run, or of many how many are in each state."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from plion.typesetting.formats import tabulated

MOST = 200  # runs that are listed each
_FAILURES = 10  # that are listed of more runs
_LABELS = 30  # of an axis whose runs are counted by label
_FAILED = "failed"
_ORDER = ("done", "running", "not evaluated", _FAILED, "missing")


class Stand(NamedTuple):
    """How a run stands: as `Expected.status` has it. labels: by axis, empty for the base."""

    status: str
    run: str
    folder: Path
    labels: Mapping[str, str]


def status_text(stands: Sequence[Stand], study: Path) -> str:
    """A row for each run; beyond `MOST` runs their number by state and label, and some failures.

    study: its folder.
    """
    if len(stands) <= MOST:
        return _listed(stands)
    found = Counter(one.status for one in stands)
    states = [*(name for name in _ORDER if found[name]), *sorted(found.keys() - set(_ORDER))]
    parts = [tabulated(("status", "runs"), [(name, f"{found[name]:,}") for name in states])]
    if len(states) > 1:
        parts += _by_label(stands, states)
    failed = [one for one in stands if one.status == _FAILED]
    if failed:
        more = len(failed) - _FAILURES
        parts.append(_listed(failed[:_FAILURES]) + (f"\nand {more:,} more" if more > 0 else ""))
    parts.append(
        f"{len(stands):,} runs: --only LABEL=VALUE lists those of a label, if they are at most "
        f"{MOST}; `plion results {study}` writes the state of every run to {study}/results.csv"
    )
    return "\n\n".join(parts)


def _listed(stands: Iterable[Stand]) -> str:
    rows = [(one.status, one.run, str(one.folder)) for one in stands]
    return tabulated(("status", "run", "folder"), rows, words=3)


def _by_label(stands: Sequence[Stand], states: Sequence[str]) -> Iterable[str]:
    """A table for each axis: a row for each label, with its runs in each state."""
    found: dict[str, dict[str, Counter[str]]] = {}
    for one in stands:
        for axis, label in one.labels.items():
            found.setdefault(axis, {}).setdefault(label, Counter())[one.status] += 1
    for axis, labels in found.items():
        if 1 < len(labels) <= _LABELS:
            rows = [
                (label, *(f"{own[name]:,}" for name in states)) for label, own in labels.items()
            ]
            yield tabulated((axis, *states), rows)
