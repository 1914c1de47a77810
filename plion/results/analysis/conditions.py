"""Which runs were not made as the others were."""

from collections import Counter
from collections.abc import Sequence

from plion.results.reading.study import Run

# What changes the bits of a training. Processors do: their kernels add up in another order.
_CONDITIONS = ("source", "device", "processor", "capability", "attention")


def other_conditions(runs: Sequence[Run]) -> dict[Run, str]:
    """The scored runs that were not made under the commonest conditions, and how they differ.

    Conditions are those of `_CONDITIONS`; what a run of an earlier version does not say is unknown.
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
