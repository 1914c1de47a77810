"""The result of one check of `plion doctor`, and its line in the report."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from plion.errors import printable

State = Literal["ok", "missing", "broken"]


@dataclass(frozen=True)
class Finding:
    """The state of one thing; `words`: what was found, or its purpose and the remedy.

    missing: not installed or not found; broken: found, but does not work. `needed`: training does
    not work without it.
    """

    name: str
    state: State
    words: str
    needed: bool = False

    @property
    def stops_training(self) -> bool:
        return self.needed and self.state != "ok"


def lines(findings: Sequence[Finding]) -> str:
    """One line per finding, in columns; control characters of errors are escaped."""
    width = max(len(one.name) for one in findings)
    return "\n".join(
        printable(f"{one.state:<9}{one.name:<{width + 2}}{one.words}") for one in findings
    )
