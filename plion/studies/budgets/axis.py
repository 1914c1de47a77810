"""`budgets` of an ablation file: every cell times every amount, as an axis of its own."""

from collections.abc import Mapping, Sequence
from typing import Any

from plion.config.layers import Layer, dotted
from plion.errors import InputError
from plion.sampling.settings import Hold

_HELD = "hold.amount"


def wrong_budgets(budgets: Sequence[float]) -> str | None:
    """What is wrong with the amounts; None if nothing is."""
    if not budgets or (len(budgets) > 1 and list(budgets) == sorted(set(budgets))):
        return None
    return f"budgets must be two amounts or more, each above the one before, not {list(budgets)}"


def budget_layers(where: str, budgets: Sequence[float]) -> dict[str, Layer]:
    """The layer of each amount by its label."""
    layers = {f"{one:g}": dotted(f"{where}: budgets, {one:g}", {_HELD: one}) for one in budgets}
    if len(layers) < len(budgets):
        raise InputError(f"{where}: budgets: two of {list(budgets)} have the same six digits")
    return layers


def check_beside(where: str, axes: Mapping[str, Any], variants: Mapping[str, Any]) -> None:
    """Raises InputError for what an ablation with budgets cannot have beside them."""
    if _HELD in axes:
        raise InputError(
            f"{where}: `budgets` and axis '{_HELD}' both set {_HELD}; leave one of them out"
        )
    if axes and variants:
        raise InputError(
            f"{where}: `budgets` go with `axes` or with `variants`, not both; make the variants "
            "labels of an axis"
        )


def longest_held(where: str, hold: Hold, budgets: Sequence[float]) -> dict[str, float]:
    """The amount that the base is held to beside budgets: the longest of them.

    Raises InputError if the file also names another.
    """
    if hold.amount not in (Hold().amount, budgets[-1]):
        raise InputError(
            f"{where}: hold.amount is {hold.amount:g}, but `budgets` set it; leave it out"
        )
    return {_HELD: budgets[-1]}
