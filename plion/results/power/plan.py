"""A study that is planned, as `plion plan --power` needs it."""

from collections.abc import Sequence
from dataclasses import dataclass

USUAL = (2, 3, 5, 10)  # numbers of seeds that are shown


@dataclass(frozen=True)
class Plan:
    """A planned study: its name, numbers of seeds and cells, and what it asks and costs.

    differences: that are to be found, in points. hold: quantity and amount of each run, empty if
    these differ. hours: of training under one seed, all cells together; price: of an hour; None if
    unknown. trials: runs that tune the arms and are no cells, once for any number of seeds;
    trial_hours: of their training, None if unknown.
    """

    name: str
    seeds: int
    cells: int
    differences: Sequence[float]
    hold: str
    hours: float | None
    price: float | None
    trials: int = 0
    trial_hours: float | None = 0.0

    def runs_of(self, seeds: int) -> int:
        """How many runs so many seeds are, trials among them."""
        return seeds * self.cells + self.trials

    def hours_of(self, seeds: int) -> float | None:
        """Hours of training of these runs; None if unknown."""
        if self.hours is None or self.trial_hours is None:
            return None
        return seeds * self.hours + self.trial_hours

    @property
    def numbers(self) -> list[int]:
        """The numbers of seeds that are shown."""
        return sorted({*USUAL, self.seeds})
