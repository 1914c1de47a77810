"""Time and money: what hours cost, and how both are written."""


def duration(hours: float) -> str:
    """Hours as `2.50 h`, `12.3 min` or `45 s`."""
    if hours >= 1:
        return f"{hours:,.2f} h"
    return f"{60 * hours:.1f} min" if 60 * hours >= 1 else f"{3600 * hours:.0f} s"


def cost(hours: float | None, price_per_hour: float | None) -> float | None:
    """What hours cost, in the currency of the price; None where one of the two is not known."""
    return None if hours is None or price_per_hour is None else hours * price_per_hour


def money(amount: float | None, unknown: str = "") -> str:
    """An amount with two digits, or those that count where these would be none; or `unknown`."""
    if amount is None:
        return unknown
    return f"{amount:.2g}" if 0 < amount < 0.01 else f"{amount:,.2f}"


def paid(hours: float, price_per_hour: float | None) -> str:
    """What hours cost and by which price, `1.20 at 2.40 an hour`; empty without a price."""
    amount = cost(hours, price_per_hour)
    return "" if amount is None else f"{money(amount)} at {money(price_per_hour)} an hour"
