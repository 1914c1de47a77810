"""One run's folder: the names of its files, its record, and how far it has come."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from plion.errors import InputError, sentence
from plion.runs.record import RunRecord
from plion.runs.record_file import Marks, read_marks, read_record, whole, write_record
from plion.system.files import read_small


@dataclass(frozen=True)
class RunFolder:
    """The files of one run, `runs/NAME-HASH8`.

    `given`: the transcripts and figures are those of the second decoding, `forced`.
    """

    path: Path
    given: bool = False

    @property
    def forced(self) -> "RunFolder":
        """The same run with the transcripts of `predictions/forced`: told the true language."""
        return RunFolder(self.path, given=True)

    @property
    def config(self) -> Path:
        return self.path / "config.yaml"

    @property
    def record(self) -> Path:
        return self.path / "run.json"

    @property
    def patch(self) -> Path:
        return self.path / "patch.diff"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def export(self) -> Path:
        """The chosen weights in hf layout."""
        return self.checkpoints / "export"

    @property
    def trained(self) -> bool:
        """Whether the weights are exported and run.json describes their training.

        Where runs of several machines share their checkpoints, another may have exported them.
        """
        return self.export.exists() and self.read().steps is not None

    @property
    def reports(self) -> Path:
        """How far the run has come, a line a report (`plion.runs.reports`)."""
        return self.path / "reports.jsonl"

    @property
    def metrics(self) -> Path:
        return self.path / ("metrics-forced.json" if self.given else "metrics.json")

    def predictions(self, key: str) -> Path:
        """The transcripts of one benchmark."""
        folder = self.path / "predictions"
        return (folder / "forced" if self.given else folder) / f"{key}.jsonl"

    def read(self) -> RunRecord:
        """The content of run.json, blank where there is none; InputError as `read_record`."""
        return read_record(self.record)

    def marks(self) -> Marks:
        """The hash and status in run.json, read quickly; InputError as `read_marks`."""
        return read_marks(self.record)

    def write(self, **fields: Any) -> None:
        """Set fields of run.json and keep the others; errors as `write_record`."""
        write_record(self.record, **fields)

    def done(self, *, tested: bool = False, forced: bool = False) -> bool:
        """Whether the run ended without an error; `tested`: and scored its test sets.

        `forced`: and scored them a second time, with the true language given.
        """
        evaluated = self.evaluated(forced=forced) if tested else True
        return evaluated and self.marks().status == "done"

    def evaluated(self, *, forced: bool) -> bool:
        """Whether the test sets are scored; `forced`: the second time too."""
        return self.scored and (not forced or self.forced.scored)

    @property
    def scored(self) -> bool:
        """Whether metrics.json is there and whole: a power failure can cut it off."""
        try:
            raw = read_small(self.metrics)
            return whole(raw) or isinstance(orjson.loads(raw), dict)
        except (OSError, ValueError):
            return False

    def failed(self, **fields: Any) -> None:
        """Set status `failed` and fields that say why; the caller reports the failure itself.

        Reports on standard error if run.json cannot be written, perhaps for the same reason.
        """
        try:
            self.write(status="failed", **fields)
        except (InputError, OSError) as error:
            said = sentence(error) or error
            print(f"plion: {self.path} is not marked as failed: {said}", file=sys.stderr)


def run_of(model: str | Path) -> RunFolder:
    """The run that wrote a model's folder, given as the run's own folder or as its export.

    For any other model, a folder without a run.
    """
    # As given first: a run's checkpoints may be a link to a folder elsewhere.
    for path in (Path(os.path.abspath(model)), Path(model).resolve()):
        run = RunFolder(path.parent.parent)
        if path.parent == run.checkpoints:
            return run
    return RunFolder(Path(model))
