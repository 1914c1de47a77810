"""One thing that was looked at, and how it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from plion.errors import printable

State = Literal["ok", "missing", "broken"]


@dataclass(frozen=True)
class Finding:
    """`words`: what there is, or what it is for and what to do. `needed`: training is not without.

    missing: it is not there; broken: it is there and does not work.
    """

    name: str
    state: State
    words: str
    needed: bool = False

    @property
    def stops_training(self) -> bool:
        return self.needed and self.state != "ok"


def lines(findings: Sequence[Finding]) -> str:
    """A line each, in columns; raw bytes of an error are escaped."""
    width = max(len(one.name) for one in findings)
    return "\n".join(
        printable(f"{one.state:<9}{one.name:<{width + 2}}{one.words}") for one in findings
    )
