"""What a study consists of, as `ablation.json` or `sweep.json` in its folder says."""

from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict

from plion.config.experiment import load_experiment
from plion.errors import InputError
from plion.runs.folder import RunFolder
from plion.studies.design.study_file import base_file
from plion.studies.watching.cells import Cell, Cells, Standing
from plion.studies.watching.state import Study
from plion.system.documents import read_json
from plion.system.yamls import read_yaml


class _Hold(TypedDict):
    quantity: str
    amount: float


class _Run(TypedDict):
    """A run of an ablation. `amount`: that it is held to, where these differ; `trained`: of that,
    what a branch trains itself.

    Without a hash: of an arm that is not tuned yet.
    """

    run: str
    hash: str
    folder: str
    forced: NotRequired[bool]
    amount: NotRequired[float]
    trained: NotRequired[float]


class _Arm(TypedDict):
    """What is tuned together; `chosen`: nothing yet if None."""

    chosen: dict[str, Any] | None
    trials: list[_Run]


class _Tuning(TypedDict):
    arms: list[_Arm]


class _Ablation(TypedDict):
    """What is read of ablation.json."""

    name: str
    question: str
    hold: _Hold | None
    base: _Run | None
    cells: list[_Run]
    tuning: NotRequired[_Tuning]


class _Trial(_Run):
    """A trial that a sweep has proposed."""

    state: Literal["waiting", "complete", "pruned", "failed"]
    reason: str


class _Sweep(TypedDict):
    """What is read of sweep.json."""

    name: str
    metric: str
    trials: int
    hold: _Hold
    runs: list[_Trial]


_ENDED: dict[str, Standing] = {"complete": "done", "pruned": "pruned", "failed": "failed"}


def study_folder(study: Path) -> Path:
    """The folder of a study that is given by it or by its YAML file.

    Raises InputError if the file cannot be read or its study has not begun.
    """
    if not study.is_file():
        return study
    content = read_yaml(study)
    if not isinstance(content, dict) or not isinstance(content.get("base"), str):
        raise InputError(f"{study} is not the file of a study: it names no base")
    base = load_experiment(base_file(study, content["base"]))
    folder = Path(base.trainer.runs) / study.stem
    if not folder.is_dir():
        raise InputError(f"the study of {study} has not begun: there is no folder {folder}")
    return folder


class StudyFile:
    """The file that lists a study's runs; read again when it has changed."""

    def __init__(self, folder: Path) -> None:
        """Raises InputError for a folder that is no study's."""
        self._folder = folder
        for name, read in (("ablation.json", self._ablation), ("sweep.json", self._sweep)):
            if (folder / name).is_file():
                self._path, self._parse = folder / name, read
                break
        else:
            raise InputError(
                f"{folder} is not the folder of a study: it has no ablation.json or sweep.json"
            )
        self._seen = (0, 0)
        self._take()

    def read(self) -> tuple[Study, Cells]:
        """The study and its runs as they are now; InputError if the file is damaged."""
        self._take()
        self.cells.look()
        return self.study, self.cells

    def _take(self) -> None:
        """Reads the file if it is another than before."""
        state = self._path.stat()
        if (seen := (state.st_mtime_ns, state.st_ino)) != self._seen:
            content = read_json(self._path, _SHAPES[self._path.name], "start the study again")
            self.study, self.cells = self._parse(content)
            self._seen = seen

    def _ablation(self, content: Any) -> tuple[Study, Cells]:
        arms = content.get("tuning", _Tuning(arms=[]))["arms"]
        tried = {trial["hash"]: trial for arm in arms for trial in arm["trials"]}
        known = [run for run in content["cells"] if run["hash"]]
        every = [self._cell(content["base"], base=True)] if content["base"] else []
        every += [self._cell(run, tested=run["hash"] in tried) for run in known]
        every += map(self._cell, tried.values())
        cells = {cell.hash8: cell for cell in reversed(every)}
        # The best trial of an arm is also one of its cells.
        unknown = len(content["cells"]) - len(known) - sum(arm["chosen"] is None for arm in arms)
        study = self._study(content, content["question"])
        found = list(reversed(cells.values()))
        return study, Cells(self._folder.parent, found, unknown=max(0, unknown))

    def _sweep(self, content: Any) -> tuple[Study, Cells]:
        cells = [
            self._cell(trial, ended=_ENDED.get(trial["state"]), reason=trial["reason"])
            for trial in content["runs"]
        ]
        more = content["trials"] - len(cells)
        study = self._study(content, f"lowest {content['metric']} of {content['trials']} trials")
        return study, Cells(self._folder.parent, cells, unknown=max(0, more))

    def _study(self, content: Any, question: str) -> Study:
        hold = content["hold"] or _Hold(quantity="", amount=0.0)
        return Study(content["name"], question, str(self._folder), hold["quantity"], hold["amount"])

    def _cell(
        self,
        run: Any,
        *,
        base: bool = False,
        tested: bool = False,
        ended: Standing | None = None,
        reason: str = "",
    ) -> Cell:
        folder = RunFolder(self._folder.parent / run["folder"])
        return Cell(
            run["run"], run["hash"], folder, base=base, forced=run.get("forced", False),
            tested=tested, amount=run.get("amount"), trained=run.get("trained"), ended=ended,
            reason=reason,
        )  # fmt: skip


_SHAPES = {"ablation.json": _Ablation, "sweep.json": _Sweep}
