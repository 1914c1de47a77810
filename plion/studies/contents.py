"""The contents that cells of a study share: what is trained on, planned once for all of them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from plion.config.identity import identity
from plion.config.schema import Experiment
from plion.errors import listed
from plion.planning.planned_run import Counts, PlannedRun, planned_on, train_sets_of
from plion.planning.utterances import TrainSet
from plion.studies.design.grid import Cell

# Settings that a plan does not depend on, or next to nothing: a seed draws other utterances.
_APART = ("name", "seed", "optim")
# The settings that decide which utterances there are to draw from.
_CORPORA = ("model", "data", "languages", "tag", "batch", "trainer")
_KEPT = 4  # lists of corpora in memory; each takes 30 bytes an utterance


@dataclass(frozen=True)
class Content:
    """Cells that differ in seed or optimiser alone, and the plan of the first."""

    cells: Sequence[Cell]
    planned: PlannedRun

    @property
    def title(self) -> str:
        """The first cell's name; with others, how many cells it stands for: `NAME x 5 seeds`."""
        name, number = self.cells[0].exp.name, len(self.cells)
        if number == 1:
            return name
        seeds = len({cell.seed for cell in self.cells})
        return f"{name} x {number}{' seeds' if seeds == number else ''}"


def planned_once(cells: Sequence[Cell], counts: Counts | None = None) -> Iterator[Content]:
    """Plans each distinct content of cells once, in the order of its first cell.

    Cells that differ in seed or optimiser alone have one content. `counts`: as in `mixture_plan`,
    which the errors are those of: a cell that cannot run is refused here.
    """
    known = Written()
    alike: dict[tuple[str, ...], list[Cell]] = {}
    for cell in cells:
        alike.setdefault(known.content(cell.exp), []).append(cell)
    corpora: dict[tuple[str, ...], list[TrainSet]] = {}
    for own in alike.values():
        exp = own[0].exp
        counted = exp.hold.quantity == "supervised_tokens" or exp.sampler.unit == "tokens"
        key = (*known.only(_CORPORA, exp), str(counted))
        if key not in corpora:
            if len(corpora) == _KEPT:
                del corpora[next(iter(corpora))]
            corpora[key] = train_sets_of(exp, counts)
        yield Content(own, planned_on(exp, corpora[key]))


def same_runs(cells: Sequence[Cell]) -> str:
    """Which cells are one run, as they differ in no setting that counts; empty for none."""
    known: dict[tuple[int, ...], str] = {}
    runs: dict[tuple[str, int], list[str]] = {}
    for cell in cells:
        exp = cell.exp
        own = tuple(id(group) for name, group in vars(exp).items() if name not in ("name", "seed"))
        if own not in known:
            files = (exp.model.name, exp.model.like, exp.data.root, exp.data.suite)
            named = [*files, exp.data.augment.noise.folder, exp.languages]  # count by their content
            known[own] = json.dumps([identity(replace(exp, seed=0)), named], sort_keys=True)
        runs.setdefault((known[own], cell.seed), []).append(exp.name)
    alike = [" = ".join(names) for names in runs.values() if len(names) > 1]
    told = "cells that are the same run, as they differ in no setting that counts: "
    return told + listed(alike) if alike else ""


class Written:
    """Groups of settings as text, written once for all experiments that share them."""

    def __init__(self) -> None:
        self._texts: dict[int, tuple[object, str]] = {}

    def content(self, exp: Experiment) -> tuple[str, ...]:
        """All that an experiment's plan and test sets depend on: equal for one content."""
        return tuple(self._text(own) for name, own in vars(exp).items() if name not in _APART)

    def only(self, names: Sequence[str], exp: Experiment) -> tuple[str, ...]:
        """The groups named."""
        return tuple(self._text(getattr(exp, name)) for name in names)

    def _text(self, group: object) -> str:
        if id(group) not in self._texts:
            self._texts[id(group)] = (group, repr(group))  # kept, so that no other gets its id
        return self._texts[id(group)][1]
