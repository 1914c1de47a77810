"""The study of `plion average`: models between a base and a run, as cells of the axis `weight`."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

from plion.config.overlay import Overlay
from plion.config.schema import Experiment
from plion.models.identity import identity
from plion.studies.design.grid import Ablation, Cell
from plion.studies.expected import evaluated_runs, write_ablation_record
from plion.system.documents import read_json

_AXIS, _RECORD = "weight", "ablation.json"


class _Axes(TypedDict):
    weight: list[str]


class _Earlier(TypedDict):
    """What is read of the record of an earlier call."""

    axes: _Axes


def average_folder(exp: Experiment, base: str, run: str) -> Path:
    """The study's folder, named by the run, the content of both models, and the suite.

    exp: that decodes all models. Raises InputError for a model that is not there.
    """
    content = f"{identity(base, run)} {identity(run, exp.model.like)} {exp.data.suite}"
    name = f"{exp.name}-average-{hashlib.sha256(content.encode()).hexdigest()[:8]}"
    return Path(exp.trainer.runs) / name


def with_earlier(folder: Path, weights: Sequence[float]) -> list[float]:
    """Weights in order, each once: those given, and those that the study has from earlier calls.

    Raises InputError if the study's record is damaged.
    """
    earlier: list[float] = []
    if (folder / _RECORD).is_file():
        record = read_json(folder / _RECORD, _Earlier, "move it away to begin anew")
        earlier = [float(label) for label in record["axes"][_AXIS]]
    return sorted({*weights, *earlier})


def begin_average(
    folder: Path, exp: Experiment, models: Mapping[str, str], *, base: str, run: str
) -> list[Experiment]:
    """Writes the study's record; returns the evaluation of each model.

    models: by weight as text, the base itself at 0. exp: as `average_folder`.
    """
    cells = [
        Cell({_AXIS: label}, exp.seed, _decoding(exp, label, model, run))
        for label, model in models.items()
    ]
    ablation = Ablation(
        name=folder.name,
        question=f"What lies between the weights of {base} and those of {run}?",
        path=folder / _RECORD,
        below=Overlay([]),
        axes={_AXIS: list(models)},
        seeds=[exp.seed],
        base=exp,
        cells=cells,
    )
    write_ablation_record(folder, ablation, None, evaluated_runs(cells))
    return [cell.exp for cell in cells]


def _decoding(exp: Experiment, label: str, model: str, run: str) -> Experiment:
    """The evaluation of one model; what the base lacks beside its weights is the run's."""
    like = (exp.model.like or run) if label == "0" else exp.model.like
    return replace(
        exp, name=f"{exp.name}-w{label}", model=replace(exp.model, name=model, like=like)
    )
