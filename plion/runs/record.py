"""The content of run.json: the dataclass `RunRecord` is the only place that lists its keys.

A field has the type of its value in the file. Its metadata say the rest: `meaning`, `unit`,
`writer` (the module of plion that gives the value) and `column` (whether results.csv has a column
of that name). A new column of results is one field here and its writer.
"""

import math
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from plion.runs.values import Branched, DataFile, Decoded, Held, Latency, Model, Selected

VERSION = 2
"""The form in which run.json is written; 1 is that of runs begun before it had a version."""

Consumed = dict[str, dict[str, float]]
"""What a run was fed, by language or corpus: utterances, hours, supervised tokens."""


def _said(meaning: str, writer: str, unit: str = "", *, column: bool = False) -> Any:
    """A field of run.json, None until it is written."""
    own = {"meaning": meaning, "writer": writer, "unit": unit, "column": column}
    return field(default=None, metadata=own)


_CLAIM, _CODE = "runs.claims", "runs.provenance"
_LIFE, _MADE = "runs.lifecycle", "training.record_fields"
_FIT, _COST = "training.fit", "training.callbacks.cost"
_BRANCH = "training.branching.starting"
_TEST, _RUN = "recognition.test_sets", "training.run"


@dataclass(frozen=True)
class RunRecord:
    """The content of run.json. A field is None until the run writes it.

    Columns of results.csv have this order, except those that a study supplies itself.
    """

    version: int = field(
        default=VERSION,
        metadata={"meaning": "form of the file", "writer": "runs.record_file", "unit": ""},
    )
    name: str | None = _said("the experiment's or the cell's name", _CLAIM)
    hash: str | None = _said("eight hex digits: configuration, data, base model", _CLAIM)
    status: Literal["running", "done", "failed"] | None = _said("how the run stands", _LIFE)
    error: str | None = _said("why it has failed", _LIFE)
    refused: bool | None = _said("of a failed run: its request was wrong (status 2)", _LIFE)
    start: str | None = _said("when it was first begun", _LIFE, "UTC, ISO 8601")
    end: str | None = _said("when it last ended", _LIFE, "UTC, ISO 8601")
    attempts: int | None = _said("how often it was begun or resumed", _LIFE, column=True)
    seed: int | None = _said("order, augmentation and dropout", _MADE)
    tag_train: str | None = _said("language tag in training", _RUN)
    tag_decode: str | None = _said("language tag in decoding", _MADE)
    trained_as: str | None = _said("of an evaluation: the run whose weights they are", _RUN)
    command: str | None = _said("command line that was given last", _CODE)
    dirty: bool | None = _said("whether the working tree had changes", _CODE)
    versions: dict[str, str] | None = _said("of Python and of packages", _CODE)
    processor: str | None = _said("the processor's model", _CODE, column=True)
    latency: dict[str, Latency] | None = _said("one utterance at a time, by test set", _TEST)
    latency_mean: float | None = _said("over all test sets", _TEST, "seconds a sample", column=True)
    latency_std: float | None = _said("over all test sets", _TEST, "seconds a sample", column=True)
    decoding: dict[str, Decoded] | None = _said("decoding in batches, by test set", _TEST)
    rtfx: float | None = _said(
        "audio over time of decoding", _TEST, "seconds a second", column=True
    )
    audio_hours_trained: float | None = _said(
        "audio trained on, repeats counted", _FIT, "hours", column=True
    )
    steps: int | None = _said("optimiser steps", _FIT, "steps", column=True)
    utterances: int | None = _said("utterances trained on, repeats counted", _FIT, "utterances")
    supervised_tokens: int | None = _said("tokens the loss was over", _FIT, "tokens", column=True)
    train_seconds: float | None = _said(
        "time of training alone, without validation", _FIT, "seconds", column=True
    )
    validation_seconds: float | None = _said("time of validations", _FIT, "seconds")
    price_per_hour: float | None = _said(
        "of all devices together", _MADE, "money an hour", column=True
    )
    cost: float | None = _said("of `train_seconds` at that price", _COST, "money", column=True)
    trunk_hours: float | None = _said(
        "of `audio_hours_trained`: trained by the run it branched off",
        _BRANCH,
        "hours",
        column=True,
    )
    trunk_seconds: float | None = _said(
        "of `train_seconds`: of the run it branched off", _BRANCH, "seconds", column=True
    )
    branched_from: Branched | None = _said("whose training up to a step it shares", _BRANCH)
    audio_seconds_per_second: float | None = _said(
        "speed of training", _COST, "seconds of audio a second", column=True
    )
    tokens_per_second: float | None = _said(
        "speed of training", _COST, "supervised tokens a second", column=True
    )
    padding: float | None = _said("share of batches that is padding", _COST, "0 to 1", column=True)
    peak_memory_gb: float | None = _said(
        "most that a device, or a process on the CPU, took", _COST, "GB of 1e9", column=True
    )
    mfu: float | None = _said(
        "arithmetic done over the devices' peak", _COST, "0 to 1", column=True
    )
    selected: Selected | None = _said("weights that were exported", _FIT, column=True)
    suite: str | None = _said("name or file of the suite", _MADE, column=True)
    commit: str | None = _said("plion's commit; None of an installation", _CODE, column=True)
    source: str | None = _said("hash of plion's Python files", _CODE, column=True)
    device: str | None = _said("what it was computed on", _MADE, column=True)
    capability: str | None = _said("the processor's instructions", _MADE, column=True)
    attention: str | None = _said("its kernel, and its window if not 8 s", _FIT, column=True)
    context: str | None = _said("text before every utterance", _MADE, column=True)
    benchmarks: Any = _said("rows of the suite, as its file has them", _MADE)
    languages: list[dict[str, Any]] | None = _said("rows of the languages in use", _MADE)
    english_names: dict[str, str] | None = _said(
        "names in tags of languages that the base model has no name for", _MADE
    )
    model: Model | None = _said("the base model", _MADE)
    parameters: int | None = _said("weights of the model that was trained", _FIT)
    trained_parameters: int | None = _said("of these, those that were trained", _FIT)
    manifests: dict[str, DataFile] | None = _said("data that was read, by `KEY/SPLIT`", _FIT)
    hold: Held | None = _said("at what amount training ends", _FIT)
    devices: int | None = _said("devices that trained together", _FIT, "devices")
    precision: str | None = _said("as `trainer.precision`, resolved", _FIT)
    validation: dict[str, Any] | None = _said("errors of the weights exported", _FIT, "percent")
    mixture: dict[str, Any] | None = _said(
        "shares of each pass, and what decided them", "training.adapting.adaptation", "nats, 0 to 1"
    )
    consumed: Consumed | None = _said("what was trained on, by language", _FIT)
    consumed_by_corpus: Consumed | None = _said("what was trained on, by corpus", _FIT)
    short_of_hold: float | None = _said("lacking to the hold: bad audio", _FIT, "the hold's")
    skipped_audio: list[str] | None = _said("ids of utterances without usable audio", _FIT)
    skipped_steps: int | None = _said("steps left out: not finite", _FIT, "steps")
    too_long_for_a_batch: int | None = _said("left out as too long", _FIT, "utterances")

    @property
    def blank(self) -> bool:
        """Whether nothing is recorded, as in a folder without a run."""
        return self == RunRecord()

    @property
    def own_seconds(self) -> float:
        """Its seconds of training without those of the run that it branched off."""
        return (self.train_seconds or 0.0) - (self.trunk_seconds or 0.0)

    @property
    def own_cost(self) -> float | None:
        """Its cost without what the run that it branched off has paid for."""
        if self.cost is None or not self.trunk_seconds or not self.train_seconds:
            return self.cost
        return self.cost * self.own_seconds / self.train_seconds

    @property
    def validation_error(self) -> float | None:
        """The macro average over the validation sets, in percent; None without one."""
        error = (self.validation or {}).get("macro_error")
        return error if isinstance(error, int | float) and math.isfinite(error) else None


def columns() -> list[str]:
    """The fields that are columns of results.csv, in order."""
    return [one.name for one in fields(RunRecord) if one.metadata.get("column")]
