"""What may be concluded of differences, after correction for all tests of their family."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from plion.results.analysis.effects import Effect
from plion.scoring.statistics.averages import MACRO
from plion.scoring.statistics.estimate import Interval
from plion.scoring.statistics.holm import LEVEL, holm

Conclusion = Literal["different", "equivalent", "open"]


@dataclass(frozen=True)
class Verdict:
    """What the tests of a family say of one difference.

    p: of no difference, corrected by Holm over the family. outside: of a difference as large as the
    margin (`Interval.outside`), corrected over these tests of the family; None without a margin.
    """

    p: float
    outside: float | None = None

    @property
    def conclusion(self) -> Conclusion:
        """A difference smaller than the margin counts as none, even if it is not 0."""
        if self.outside is not None and self.outside <= LEVEL:
            return "equivalent"
        return "different" if self.p <= LEVEL else "open"


def family_verdicts(
    family: Sequence[Interval | None], margins: Sequence[float | None]
) -> list[Verdict | None]:
    """The verdicts on the differences of one family, with the margin of each in points or None.

    None for a difference that decides nothing (over one seed, or without an interval); it is not
    counted in the family.
    """
    tested = {place: one for place, one in enumerate(family) if one and one.decides}
    p = dict(zip(tested, holm([one.p for one in tested.values()]), strict=True))
    own = {
        place: one.outside(margin)
        for place, one in tested.items()
        if (margin := margins[place]) is not None
    }
    outside = dict(zip(own, holm([*own.values()]), strict=True))
    return [
        Verdict(p[place], outside.get(place)) if place in p else None
        for place in range(len(family))
    ]


def effect_verdicts(
    found: Sequence[Effect], margin: float | None
) -> Mapping[Effect, Verdict | None]:
    """The verdicts on a study's effects; those on the macro and on languages are two families."""
    verdicts: dict[Effect, Verdict | None] = {}
    for on_macro in (True, False):
        family = [effect for effect in found if (effect.on == MACRO) == on_macro]
        own = family_verdicts([one.interval for one in family], [margin] * len(family))
        verdicts |= zip(family, own, strict=True)
    return verdicts
