"""The axis of an ablation's `budgets`, by its name in ablation.json and results.csv."""

from collections.abc import Iterable

BUDGET = "budget"
"""Its labels are amounts that runs are held to, of which one cell's share a training."""


def largest_budget(labels: Iterable[str]) -> str:
    """The label of the largest amount."""
    return max(labels, key=float)
