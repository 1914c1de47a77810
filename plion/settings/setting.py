"""A setting: a dataclass field with its default, bounds, unit and meaning in its metadata.

    lr: float = setting(1e-3, above=0, help="learning rate")

Everything that lists settings reads this metadata: the check of bounds, the hash of a run, the
columns of TensorBoard's HParams page, `plion settings` and experiments/settings.md.
OmegaConf ignores it.
"""

import copy
from dataclasses import dataclass, field
from typing import Any, Literal

Identity = Literal["training", "always", "content", "never"]
"""Whether a setting belongs to a run's identity, and so to the hash in its folder's name.

`training`: for runs that train. `always`: for evaluations too. `content`: the content of the file
that it names counts, not the path. `never`: it cannot change a result.
"""

METADATA = "plion"  # the key of a field's metadata


@dataclass(frozen=True)
class Bounds:
    """The bounds of a number; None leaves a side open."""

    low: float | None = None  # this or more
    high: float | None = None  # this or less
    above: float | None = None
    below: float | None = None

    def hold(self, value: float) -> bool:
        """Whether a value is within the bounds."""
        return (
            (self.low is None or value >= self.low)
            and (self.high is None or value <= self.high)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )

    def __str__(self) -> str:
        """The bounds in words that follow `must be`; empty without bounds."""
        if self.low is not None and self.high is not None:
            return f"between {_number(self.low)} and {_number(self.high)}"
        sides = {
            "above {}": self.above,
            "{} or more": self.low,
            "below {}": self.below,
            "at most {}": self.high,
        }
        told = [words.format(_number(end)) for words, end in sides.items() if end is not None]
        return " and ".join(told)


@dataclass(frozen=True)
class About:
    """The metadata of a setting's field."""

    help: str = ""
    unit: str = ""
    bounds: Bounds = Bounds()  # of a list or mapping: of each of its values
    choices: tuple[str, ...] = ()  # where the type does not name them
    identity: Identity = "training"
    when: tuple[str, str] | None = None  # counts where the setting beside it has this value
    hparam: bool = False  # a column of TensorBoard's HParams page


def setting(
    default: Any,
    *,
    help: str,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
    below: float | None = None,
    choices: tuple[str, ...] = (),
    identity: Identity = "training",
    when: tuple[str, str] | None = None,
    hparam: bool = False,
) -> Any:
    """A dataclass field with its default, bounds, unit and meaning; see `About`.

    Lists and mappings are copied for each instance.
    """
    bounds = Bounds(low, high, above, below)
    about = {METADATA: About(help, unit, bounds, choices, identity, when, hparam)}
    if isinstance(default, list | dict):
        return field(default_factory=lambda: copy.copy(default), metadata=about)
    return field(default=default, metadata=about)


def group(schema: type, *, when: tuple[str, str] | None = None) -> Any:
    """A dataclass field for a group of settings, described by the docstring of `schema`."""
    return field(default_factory=schema, metadata={METADATA: About(when=when)})


def _number(value: float) -> str:
    """A number as text; large powers of two as `2**N`."""
    power = int(value).bit_length() - 1
    return f"2**{power}" if power >= 20 and value == 2**power else f"{value:g}"
