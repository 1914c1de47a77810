"""What the records of a study say: its runs, and the settings of each of its cells."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from plion.config.experiment import load_experiment
from plion.config.schema import Experiment
from plion.errors import InputError, listed
from plion.report.records.search import LISTING, Search, read_search
from plion.results.analysis.systems import System, systems
from plion.results.reading.collect import read_studies
from plion.results.reading.study import Run, Study
from plion.runs.folder import RunFolder

_UNTESTED = "not evaluated"  # status of a finished training without test sets


@dataclass(frozen=True, eq=False)
class Facts:
    """A study as its records have it.

    `settings`: of every cell with a config.yaml, by the name of its system; of a sweep, of every
    trial's run. `search`: that of a sweep, whose study has no cells. `trials`: the runs that arms
    were tuned by and that are no cell's.
    """

    study: Study
    settings: Mapping[str, Experiment]
    search: Search | None = None
    trials: Sequence[Run] = ()

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
        """The runs that were trained and, but for those of a search, tested."""
        ended = [run for run in self.runs if _trained([run])]
        return [run for run in ended if run.scores or (self.search and run.status == _UNTESTED)]

    def cells_of(self, runs: Sequence[Run]) -> str:
        """The cells of some runs as text, `all` if those are all that were trained."""
        if len(runs) == len(self.trained):
            return "all"
        return listed(distinct(", ".join(run.labels.values()) or run.name for run in runs))

    def lacking(self, what: str, runs: Sequence[Run], field: str) -> list[str]:
        """A sentence if the records of some of these runs lack a field, which says `what`."""
        without = [run.name for run in runs if getattr(run.record, field) is None]
        return [f"{what}: not in run.json of {listed(without)} (`{field}`)"] if without else []


def read_facts(path: Path) -> Facts:
    """Reads the facts of an ablation's folder, of a sweep's, or of a run's.

    Raises InputError as `read_studies`, for a folder without a trained run, for a study of models
    that were only decoded, and for settings that cannot be read.
    """
    if (path / LISTING).is_file():
        return _of_search(path)
    (study,) = read_studies([path])
    if study.axes and not study.hold and not study.base:
        raise InputError(
            f"{path} has models that were only decoded, and a dossier tells of training: ask for "
            "that of the study or the run that trained them"
        )
    made = [one for one in systems(study) if _trained(one.runs) and not one.again]
    first = {one.name: one.runs[0] for one in made}
    if not first:
        raise InputError(
            f"{path} has no run that was trained and tested: a dossier tells of finished runs; "
            "`plion results` says what each run lacks"
        )
    files = {name: RunFolder(run.folder).config for name, run in first.items() if run.folder}
    there = {name: load_experiment(file) for name, file in files.items() if file.is_file()}
    return Facts(study, there, trials=_trials(path.parent, study))


def _trials(root: Path, study: Study) -> Sequence[Run]:
    """The runs of the trials of a tuned study, without those that are also a cell's."""
    known = {run.folder.resolve() for run in study.runs if run.folder}
    arms = study.tuning.arms if study.tuning else ()
    named = distinct(trial.folder or None for arm in arms for trial in arm.trials)
    others = [root / name for name in named if (root / name).resolve() not in known]
    there = [folder for folder in others if RunFolder(folder).record.is_file()]
    return [run for one in read_studies(there) for run in one.runs] if there else ()


def _of_search(path: Path) -> Facts:
    search = read_search(path)
    folders = [path.parent / trial.folder for trial in search.trials if trial.folder]
    there = [folder for folder in folders if RunFolder(folder).record.is_file()]
    studies = read_studies(there) if there else []
    runs = tuple(run for study in studies for run in study.runs)
    done = [run for run in runs if run.status == _UNTESTED]
    if not done:
        raise InputError(f"{path} has no finished trial: `plion sweep` goes on with it")
    study = Study(search.name, studies[0].suite, runs)
    settings = {  # trials may have one name
        run.folder.name: load_experiment(RunFolder(run.folder).config) for run in done if run.folder
    }
    return Facts(study, settings, search)


def distinct(values: Iterable[Any]) -> list[Any]:
    """Different values in the order of their first appearance, without None."""
    return list(dict.fromkeys(value for value in values if value is not None))


def _trained(runs: Sequence[Run]) -> bool:
    """Whether they are a cell's, or a single run that was trained: an evaluation has no steps."""
    return bool(runs) and bool(runs[0].labels or runs[0].record.steps is not None)
