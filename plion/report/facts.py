"""What the records of a study say: its runs, and the settings of each of its cells."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from plion.config.experiment import load_experiment
from plion.config.schema import Experiment
from plion.errors import InputError, listed
from plion.results.analysis.systems import System, systems
from plion.results.reading.collect import read_studies
from plion.results.reading.study import Run, Study
from plion.runs.folder import RunFolder


@dataclass(frozen=True, eq=False)
class Facts:
    """A study as its records have it.

    `settings`: of every cell with a config.yaml, by the name of its system.
    """

    study: Study
    settings: Mapping[str, Experiment]

    @cached_property
    def systems(self) -> list[System]:
        """The cells that were trained and have scores, in order; second decodings left out."""
        return [one for one in systems(self.study) if _trained(one.runs) and not one.again]

    @cached_property
    def runs(self) -> list[Run]:
        """All runs, each decoding once: the base, and those of every cell."""
        return [run for run in self.study.runs if not run.again]

    @cached_property
    def trained(self) -> list[Run]:
        """The runs that were trained and tested."""
        return [run for run in self.runs if _trained([run]) and run.scores]

    def lacking(self, what: str, runs: Sequence[Run], field: str) -> list[str]:
        """A sentence if the records of some of these runs lack a field, which says `what`."""
        without = [run.name for run in runs if getattr(run.record, field) is None]
        return [f"{what}: not in run.json of {listed(without)} (`{field}`)"] if without else []


def read_facts(path: Path) -> Facts:
    """Reads the facts of a study's folder, or of a run's.

    Raises InputError as `read_studies`, for a folder without a trained run, and for settings that
    cannot be read.
    """
    (study,) = read_studies([path])
    first = {one.name: one.runs[0] for one in systems(study) if _trained(one.runs)}
    if not first:
        raise InputError(
            f"{path} has no run that was trained and tested: a dossier tells of finished runs; "
            "`plion results` says what each run lacks"
        )
    files = {name: RunFolder(run.folder).config for name, run in first.items() if run.folder}
    there = {name: load_experiment(file) for name, file in files.items() if file.is_file()}
    return Facts(study, there)


def distinct(values: Iterable[Any]) -> list[Any]:
    """Different values in the order of their first appearance, without None."""
    return list(dict.fromkeys(value for value in values if value is not None))


def _trained(runs: Sequence[Run]) -> bool:
    """Whether they are a cell's, or a single run that was trained: an evaluation has no steps."""
    return bool(runs) and bool(runs[0].labels or runs[0].record.steps is not None)
