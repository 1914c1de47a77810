"""What the analysis and the tables of results take: studies of scored runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from plion.scoring.benchmarks import Benchmark
from plion.scoring.scored import Scored


@dataclass(frozen=True, eq=False)
class Run:
    """A run of a study. One that is missing, unfinished or damaged has a status and no scores.

    `damage`: what of it is lacking and how it is mended, where its status is `damaged`.
    `labels`: its label on each axis, none for the base row. `record`: the content of run.json.
    `again`: these are the transcripts of a second decoding, `forced`; the run itself stands before
    it in the study.
    """

    name: str
    status: str = "missing"
    labels: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    record: Mapping[str, Any] = field(default_factory=dict)
    benchmarks: tuple[Benchmark, ...] = ()
    profile: str = ""
    scores: Mapping[str, Scored] = field(default_factory=dict)
    damage: str = ""
    again: bool = False

    @property
    def forced(self) -> bool:
        """Whether it was told the true language: an oracle, not to be ranked with others."""
        return self.record.get("tag_decode") == "forced"

    @property
    def conditioned(self) -> bool:
        """Whether it was trained with the language given; early runs tell by their label alone."""
        return bool(self.record.get("tag_train", self.labels.get("tag.train")) == "condition")

    @property
    def rates(self) -> dict[str, float]:
        """Its rate in percent, as counted, on each test set that it has one on."""
        rates = {key: scored.counts.rate for key, scored in self.scores.items()}
        return {key: rate for key, rate in rates.items() if rate is not None}

    @property
    def languages(self) -> dict[str, str]:
        """The language of each test set that it was scored on."""
        return {key: scored.benchmark.language for key, scored in self.scores.items()}

    @property
    def coverage(self) -> str:
        """Of how many of its suite's test sets it has a rate: `12/12`."""
        return f"{len(self.rates)}/{len(self.benchmarks)}"

    @property
    def title(self) -> str:
        """Its name as a table has it: an oracle that was told the language is marked."""
        return self.name + (" (forced)" if self.forced else "")


@dataclass(frozen=True, eq=False)
class Study:
    """An ablation with its runs, the base first; or single runs, without name and axes.

    `axes`: the labels of each axis in order; the first label is what others are compared with.
    `varies_decoding`: whether `tag.decode` is what an axis sets.
    """

    name: str
    suite: str
    runs: tuple[Run, ...]
    question: str = ""
    axes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hold: Mapping[str, Any] = field(default_factory=dict)
    varies_decoding: bool = False

    @property
    def base(self) -> Run | None:
        """The base row of an ablation: its first run without labels."""
        return next((run for run in self.runs if self.axes and not run.labels), None)

    def base_of(self, run: Run) -> Run | None:
        """The base row that a run is compared with: told the language where the run is."""
        bases = [one for one in self.runs if self.axes and not one.labels]
        return next((one for one in bases if one.forced == run.forced), None)
