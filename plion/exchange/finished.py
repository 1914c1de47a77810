"""A finished training run, read from its folder alone: what a model card is written from."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from plion.config import load
from plion.data.corpora.published import PublishedCorpus, published
from plion.errors import InputError
from plion.evaluation.benchmarks import Benchmark, validated
from plion.runs import RunFolder
from plion.settings import Experiment
from plion.studies.collect import Run, Study, read_studies

# What `plion data mini` makes has the keys of real corpora and is none of them.
SYNTHETIC = ("mini12", "mini_base")
_REVISION = re.compile("[0-9a-f]{40}")  # of the hub; of other weights there is a sha256


@dataclass(frozen=True)
class TrainedCorpus:
    """A corpus of the training: its size, and what the run consumed of it (None: not recorded)."""

    key: str
    language: str
    utterances: int
    hours: float
    consumed: Mapping[str, float] | None
    published: PublishedCorpus | None


@dataclass(frozen=True)
class Base:
    """The model that was fine-tuned, by its name and what identifies its weights."""

    name: str
    identity: str

    @property
    def hub_id(self) -> str | None:
        """`owner/name` where it came from the hub; None of a folder, a run, or the packaged one."""
        on_hub = _REVISION.fullmatch(self.identity)
        return self.name.partition("@")[0] if on_hub else None

    @property
    def shown(self) -> str:
        """Its name without where it lies on this machine, as a card has it."""
        return f"`{self.hub_id or without_place(self.name)}`" + (
            " (packaged with plion)" if self.name == "mini" else ""
        )


@dataclass(frozen=True, eq=False)
class Finished:
    """A finished run with its settings, and its figures where its test sets were decoded."""

    folder: RunFolder
    record: Mapping[str, Any]
    exp: Experiment
    study: Study

    @property
    def run(self) -> Run:
        return self.study.runs[0]

    @property
    def name(self) -> str:
        return str(self.record.get("name") or self.folder.path.name)

    @property
    def base(self) -> Base:
        model = self.record["model"]
        return Base(str(model["name"]), str(model["identity"]))

    @cached_property
    def benchmarks(self) -> list[Benchmark]:
        """The suite's test sets, tested or not."""
        return validated(self.record["benchmarks"], f"{self.folder.record}, benchmarks")

    @cached_property
    def corpora(self) -> list[TrainedCorpus]:
        """What was trained on, in the suite's order."""
        return list(_corpora(self.record, self.benchmarks))

    @property
    def languages(self) -> list[str]:
        """The keys of the languages that were trained on, in order of appearance."""
        return list(dict.fromkeys(one.language for one in self.corpora))

    @property
    def synthetic(self) -> bool:
        """Whether the audio is synthesised: as the suite says, or what `data mini` left there."""
        made = Path(self.exp.data.root, "mini.json").is_file()
        return made or str(self.record.get("suite")) in SYNTHETIC

    @property
    def adapter(self) -> bool:
        """Whether what it exports are LoRA's updates alone."""
        return bool(self.exp.model.lora.parts) and self.exp.model.lora.export == "adapter"


def finished(path: Path) -> Finished:
    """Reads a run. InputError for a folder that is none, that has not ended well, or has no weights
    of its own: of an evaluation there is nothing to publish."""
    folder = RunFolder(path)
    record = folder.read()
    if not record:
        raise InputError(f"{path} is not a run's folder: it has no run.json")
    status = record.get("status", "not started")
    if status != "done":
        why = f" ({record['error']})" if record.get("error") else ""
        raise InputError(
            f"run {path} is {status}{why}; only a finished run has a card: "
            f"`plion train {folder.config}` goes on with it"
        )
    if "steps" not in record or not folder.export.is_dir():
        raise InputError(
            f"run {path} has no weights of its own ({folder.export} is missing): it was not "
            "trained, or they were moved away"
        )
    for name in ("benchmarks", "manifests", "model"):
        if not isinstance(record.get(name), list if name == "benchmarks" else dict):
            raise InputError(f"{folder.record} lacks '{name}': an earlier version made this run")
    return Finished(folder, record, load(folder.config), read_studies([path])[0])


def without_place(name: str) -> str:
    """A path without where it lies: what is absolute tells about a machine and its user."""
    path = Path(name).expanduser()
    return path.name if path.is_absolute() else name


def _corpora(record: Mapping[str, Any], rows: list[Benchmark]) -> Iterator[TrainedCorpus]:
    consumed = record.get("consumed_by_corpus", {})
    for row in rows:
        manifest = record["manifests"].get(f"{row.key}/train")
        if manifest:
            yield TrainedCorpus(
                key=row.key,
                language=row.language,
                utterances=int(manifest["rows"]),
                hours=float(manifest["hours"]),
                consumed=consumed.get(row.key),
                published=published(row.key),
            )
