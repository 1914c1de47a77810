"""Finds runs made under other conditions than most runs beside them."""

from collections import Counter
from collections.abc import Sequence

from plion.results.reading.study import Run

# Conditions that change the bits of a training, such as the order of sums in a processor's kernels.
_CONDITIONS = ("source", "device", "processor", "capability", "attention")


def other_conditions(runs: Sequence[Run]) -> dict[Run, str]:
    """The scored runs made under other than the commonest conditions, and their differences.

    Conditions are listed in `_CONDITIONS`; those that an early run did not record are unknown.
    """
    conditions = {
        run: tuple(str(getattr(run.record, name) or "unknown") for name in _CONDITIONS)
        for run in runs
        if run.scores
    }
    if not conditions:
        return {}
    common = Counter(conditions.values()).most_common(1)[0][0]
    return {
        run: ", ".join(
            f"{name} {value} (others {other})"
            for name, value, other in zip(_CONDITIONS, own, common, strict=True)
            if value != other
        )
        for run, own in conditions.items()
        if own != common
    }
