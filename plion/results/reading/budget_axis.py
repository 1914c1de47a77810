"""The axis of an ablation's `budgets`, by its name in ablation.json and results.csv."""

BUDGET = "budget"
"""Its labels are amounts that runs are held to, of which one cell's share a training."""
