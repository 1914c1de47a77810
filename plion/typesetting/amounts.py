"""Time and money: the cost of hours, and both as text."""


def duration(hours: float) -> str:
    """Hours as `2.50 h`, `12.3 min` or `45 s`."""
    if hours >= 1:
        return f"{hours:,.2f} h"
    return f"{60 * hours:.1f} min" if 60 * hours >= 1 else f"{3600 * hours:.0f} s"


def cost(hours: float | None, price_per_hour: float | None) -> float | None:
    """The cost of hours in the currency of the price; None if either is unknown."""
    return None if hours is None or price_per_hour is None else hours * price_per_hour


def money(amount: float | None, unknown: str = "") -> str:
    """An amount with two decimals, small ones with their first digits; None as `unknown`."""
    if amount is None:
        return unknown
    return f"{amount:.2g}" if 0 < amount < 0.01 else f"{amount:,.2f}"


def price(amount: float) -> str:
    """A price as it was given, with two digits at least."""
    return f"{amount:,.2f}" if amount == round(amount, 2) else str(amount)


def paid(hours: float, price_per_hour: float | None) -> str:
    """The cost of hours with its price, `1.20 at 2.40 an hour`; empty without a price."""
    if price_per_hour is None:
        return ""
    return f"{money(cost(hours, price_per_hour))} at {price(price_per_hour)} an hour"
