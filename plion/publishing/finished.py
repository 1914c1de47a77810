"""Reads a finished training run from its folder, as the source of a model card."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from plion.config.experiment import load_experiment
from plion.config.schema import Experiment
from plion.data.corpora.published import is_synthetic, published
from plion.errors import InputError
from plion.models.base import Family
from plion.models.families import family
from plion.publishing.origins import Base, TrainedCorpus
from plion.results.reading.collect import Run, Study, read_studies
from plion.runs.folder import RunFolder
from plion.runs.record import RunRecord
from plion.runs.values import DataFile, Model, Selected
from plion.scoring.benchmarks import Benchmark, validated
from plion.text.languages import Languages


@dataclass(frozen=True)
class Training:
    """Fields of run.json that a card needs; runs of an earlier plion may lack some."""

    benchmarks: Any
    manifests: Mapping[str, DataFile]
    model: Model
    versions: Mapping[str, str]
    attention: str
    selected: Selected
    steps: int
    utterances: int
    supervised_tokens: int
    audio_hours_trained: float
    train_seconds: float
    audio_seconds_per_second: float


@dataclass(frozen=True, eq=False)
class Finished:
    """A finished run with its settings, and its error rates if its test sets were decoded."""

    folder: RunFolder
    record: RunRecord
    training: Training
    exp: Experiment
    study: Study

    @property
    def run(self) -> Run:
        return self.study.runs[0]

    @property
    def name(self) -> str:
        return self.record.name or self.folder.path.name

    @cached_property
    def family(self) -> Family:
        """The family of the model."""
        return family(self.folder.export)

    @property
    def base(self) -> Base:
        return Base(self.training.model.name, self.training.model.identity)

    @cached_property
    def benchmarks(self) -> list[Benchmark]:
        """The suite's test sets, tested or not."""
        return validated(self.training.benchmarks, f"{self.folder.record}, benchmarks", self.known)

    @property
    def known(self) -> Languages:
        """The rows of languages that it knows."""
        return self.run.known

    @property
    def unnamed(self) -> list[str]:
        """Keys of the languages of its training that the base model has no name for."""
        return [key for key in self.languages if self.known[key].model_name is None]

    @cached_property
    def corpora(self) -> list[TrainedCorpus]:
        """The training corpora, in the suite's order."""
        return list(_corpora(self))

    @property
    def languages(self) -> list[str]:
        """Keys of the languages that training consumed, in order of appearance in the suite."""
        heard = self.record.consumed
        return [
            key
            for key in dict.fromkeys(one.language for one in self.corpora)
            if not heard or heard.get(key, {}).get("hours", 0) > 0
        ]

    @property
    def synthetic(self) -> bool:
        """Whether the audio is synthetic."""
        return is_synthetic(self.record.suite, self.exp.data.root)

    @property
    def adapter(self) -> bool:
        """Whether the run exports only its LoRA adapter."""
        return bool(self.exp.model.lora.parts) and self.exp.model.lora.export == "adapter"

    def alone(self, layout: str) -> bool:
        """Whether these are published alone in a layout: for any but the library's, they are
        merged."""
        return self.adapter and layout == self.family.layouts[0]


def finished(path: Path) -> Finished:
    """Reads a finished training run.

    Raises InputError for a folder that is not a run's, for a run that is not finished, and for one
    without weights, such as an evaluation.
    """
    folder = RunFolder(path)
    record = folder.read()
    if record.blank:
        raise InputError(f"{path} is not a run's folder: it has no run.json")
    if record.status != "done":
        why = f" ({record.error})" if record.error else ""
        raise InputError(
            f"run {path} is {record.status or 'not started'}{why}; only a finished run has a card: "
            f"`plion train {folder.config}` resumes it"
        )
    if record.steps is None or not folder.export.is_dir():
        raise InputError(
            f"run {path} has no weights ({folder.export} is missing): it is an evaluation, or they "
            "were moved away"
        )
    training = _training(folder, record)
    study = read_studies([path])[0]
    for name, manifest in training.manifests.items():
        if manifest.rows is None or manifest.hours is None:
            raise InputError(f"{folder.record} lacks the size of '{name}': train the run again")
    # Only its own transcripts, not the forced ones of an ablation.
    study = replace(study, runs=study.runs[:1])
    return Finished(folder, record, training, load_experiment(folder.config), study)


def _training(folder: RunFolder, record: RunRecord) -> Training:
    known = {one.name: getattr(record, one.name) for one in fields(Training)}
    for name, value in known.items():
        if value is None:
            raise InputError(f"{folder.record} lacks '{name}': an earlier version made this run")
    return Training(**known)


def _corpora(run: Finished) -> Iterator[TrainedCorpus]:
    consumed = run.record.consumed_by_corpus or {}
    for row in run.benchmarks:
        manifest = run.training.manifests.get(f"{row.key}/train")
        if manifest:
            yield TrainedCorpus(
                key=row.key,
                language=row.language,
                utterances=int(manifest.rows or 0),
                hours=float(manifest.hours or 0),
                consumed=consumed.get(row.key),
                published=published(row.key),
            )
