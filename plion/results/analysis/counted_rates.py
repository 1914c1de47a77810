"""A run's rates as counted, without intervals."""

from plion.results.reading.collect import Run
from plion.scoring.counts import covered


def counted_rates(run: Run) -> dict[str, float | None]:
    """A run's rate on each benchmark it was scored on, in percent."""
    return {key: scored.counts.rate for key, scored in run.scores.items()}


def covered_rates(run: Run) -> dict[str, float]:
    """A run's rate on each benchmark where it has one, in percent."""
    return {key: rate for key, rate in counted_rates(run).items() if rate is not None}


def languages_of(run: Run) -> dict[str, str]:
    """The language of each benchmark a run was scored on."""
    return {key: scored.benchmark.language for key, scored in run.scores.items()}


def coverage(run: Run) -> str:
    """Of how many of the suite's sets a run has a rate: `12/12`."""
    return f"{len(covered(counted_rates(run)))}/{len(run.benchmarks)}"
