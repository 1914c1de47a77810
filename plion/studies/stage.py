"""A study as one call of `plion ablate` sees it: its trials, and its cells as far as known.

The cells of an arm are known once the arm is tuned; without `per_arm` all are, from the beginning.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from plion.errors import InputError
from plion.planning.inputs import Hashes
from plion.studies.design.grid import Ablation, Cell
from plion.studies.design.only import chosen
from plion.studies.expected import Expected, expected_runs, expected_trials, write_ablation_record
from plion.studies.todo import relocated
from plion.studies.tuning.arms import read_tuning
from plion.studies.tuning.choice import ArmRecord, Choices
from plion.studies.watching.status import Stand


class Stage:
    """The runs of a study that a call is about: those of its `only` cells, and of their arms.

    `ablation` has the tuned values of the arms that are decided. What needs the data is looked up
    when it is first asked for.
    """

    def __init__(self, ablation: Ablation, only: Sequence[str]) -> None:
        """Raises InputError as `read_tuning`, `Choices` and `chosen` do."""
        self.study = Path(ablation.base.trainer.runs) / ablation.name
        self.tuning = read_tuning(ablation)
        self._given, self._only = ablation, only
        self._choices = Choices(self.study, self.tuning)
        self._hashes = Hashes()
        self.ablation = self._choices.laid(ablation)
        self._places = self._chosen()

    @property
    def picked(self) -> list[Cell]:
        """The cells that are asked for."""
        return [self.ablation.cells[place] for place in self._places]

    @cached_property
    def runs(self) -> tuple[Expected, list[Expected]]:
        """The base's evaluation and the run of every cell, in order."""
        return expected_runs(self.ablation, self._hashes)

    @cached_property
    def trials(self) -> list[list[Expected]]:
        """The runs of all trials, by arm."""
        return expected_trials(self.tuning, self._hashes)

    @property
    def wanted(self) -> list[Expected]:
        """The base's evaluation and the runs of the cells that are asked for."""
        base, cells = self.runs
        return [base, *(cells[place] for place in self._places)]

    @property
    def ready(self) -> list[Expected]:
        """Those of `wanted` that can be run."""
        return [run for run in self.wanted if run.hash8]

    @property
    def waiting(self) -> list[Expected]:
        """Those of `wanted` whose arms are not tuned yet, with the base's values."""
        return [run for run in self.wanted if not run.hash8]

    @property
    def tried(self) -> list[Expected]:
        """The trials that cells asked for wait for."""
        waiting = [cell for cell in self.picked if not cell.ready]
        return [run for place in self._arms_of(waiting) for run in self.trials[place]]

    @property
    def arms(self) -> list[ArmRecord]:
        """How the arms of the cells asked for stand; InputError as `Choices.records`."""
        if not self.tuning:
            return []
        records = self._choices.records(self.trials)
        return [records[place] for place in self._arms_of(self.picked)]

    @property
    def other_trials(self) -> str:
        """Why the choices that were made are of other trials than these; empty if they are not."""
        try:
            self._choices.records(self.trials)
        except InputError as wrong:
            return str(wrong)
        return ""

    @property
    def stands(self) -> list[Stand]:
        """The state of each run: of the trials, then of the cells, with their labels."""
        own: list[tuple[Expected, Mapping[str, str]]] = []
        if self.tuning:
            for place in self._arms_of(self.picked):
                labels = self.tuning.arms[place].labels
                own += [(run, labels) for run in self.trials[place]]
        own += zip(self.wanted, [{}, *(cell.labels for cell in self.picked)], strict=True)
        return [Stand(run.status(), run.name, run.folder.path, labels) for run, labels in own]

    def settle(self) -> None:
        """Decides the arms whose trials have ended, and looks up their cells."""
        self._relocate_trials()
        if self._choices.settle(self.trials):
            self.ablation = self._choices.laid(self._given)
            self.__dict__.pop("runs", None)

    def relocate(self) -> None:
        """Looks for all runs where they are now: another study may have begun one in its own."""
        self._relocate_trials()
        base, *cells = relocated([self.runs[0], *self.runs[1]])
        self.runs = (base, cells)

    def write_record(self) -> None:
        """Writes `ablation.json`."""
        section = self._choices.section(self.trials) if self.tuning else None
        write_ablation_record(self.study, self.ablation, *self.runs, tuning=section)

    def _relocate_trials(self) -> None:
        self.trials = [relocated(runs) for runs in self.trials]

    def _chosen(self) -> list[int]:
        found = set(map(id, chosen(self.ablation, self._only)))
        return [place for place, cell in enumerate(self.ablation.cells) if id(cell) in found]

    def _arms_of(self, cells: Sequence[Cell]) -> list[int]:
        """The places of the arms of cells, in order."""
        if not self.tuning:
            return []
        own = [id(self.tuning.arm_of(cell)) for cell in cells]
        return [place for place, arm in enumerate(self.tuning.arms) if id(arm) in own]
