"""Studies of scored runs: the input of analysis, tables and charts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from plion.results.reading.tuning import Tuning
from plion.runs.record import RunRecord
from plion.scoring.benchmarks import Benchmark
from plion.scoring.confusion import Confusion, Teller, set_confusion
from plion.scoring.counts import UtteranceCounts
from plion.scoring.scored import Scored
from plion.text.language_file import language_rows
from plion.text.languages import Language, Languages
from plion.text.metrics import Metric
from plion.text.shipped import SHIPPED, in_order

VARIANT = "variant"
"""What a variant's name is the label of, as of an axis, and the name of its column."""


@dataclass(frozen=True, eq=False)
class Run:
    """A run of a study. A missing, unfinished or damaged one has a status and no scores.

    `damage`: what is missing and how to restore it, for the status `damaged`. `labels`: its label
    on each axis that applies, empty for the base; of a variant its name alone. `folder`: where it
    was read, None of a run that is not from a folder. `record`: the content of run.json. `again`: a
    second decoding with the language given, which follows the run itself in the study.
    `recounted`: counts of test sets by other metrics than theirs, where they were asked for
    (`plion.results.analysis.recount`).
    """

    name: str
    status: str = "missing"
    labels: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    folder: Path | None = None
    record: RunRecord = field(default_factory=RunRecord)
    benchmarks: tuple[Benchmark, ...] = ()
    profile: str = ""
    scores: Mapping[str, Scored] = field(default_factory=dict)
    damage: str = ""
    again: bool = False
    recounted: dict[tuple[str, Metric], UtteranceCounts] = field(default_factory=dict, init=False)

    @property
    def forced(self) -> bool:
        """Whether it was decoded with the true language: an oracle, not ranked with others."""
        return self.record.tag_decode == "forced"

    @property
    def conditioned(self) -> bool:
        """Whether it was trained with the language given; early runs have only the label."""
        return (self.record.tag_train or self.labels.get("tag.train")) == "condition"

    @cached_property
    def rates(self) -> dict[str, float]:
        """Rate in percent on each test set, without sets that have no rate."""
        rates = {key: scored.counts.rate for key, scored in self.scores.items()}
        return {key: rate for key, rate in rates.items() if rate is not None}

    @cached_property
    def tested(self) -> dict[str, frozenset[tuple[str, str]]]:
        """The ids and references of each test set that has a rate."""
        return {key: self.scores[key].pairs for key in self.rates}

    @cached_property
    def language_of(self) -> dict[str, str]:
        """The language of each scored test set."""
        return {key: scored.benchmark.language for key, scored in self.scores.items()}

    @property
    def coverage(self) -> str:
        """Test sets with a rate, of its suite's: `12/12`."""
        return f"{len(self.rates)}/{len(self.benchmarks)}"

    @cached_property
    def known(self) -> Languages:
        """The languages of the package, and in their place those of the run and of its suite."""
        where = f"run.json of {self.name}, languages"
        written = SHIPPED.adding(language_rows(self.record.languages or [], where))
        return written.adding(row.spoken for row in self.benchmarks)

    @property
    def spoken(self) -> list[Language]:
        """The languages that it was trained or tested on, in order."""
        keys = [*(row.language for row in self.benchmarks), *(self.record.consumed or ())]
        return [self.known.row(key) for key in in_order(keys)]

    @cached_property
    def teller(self) -> Teller:
        """Tells the languages of its transcripts."""
        return Teller(self.spoken)

    @cached_property
    def taken(self) -> Confusion:
        """The languages that its transcripts were taken for, against those spoken."""
        return self.taken_for(self.scores.values())

    def taken_for(self, sets: Iterable[Scored]) -> Confusion:
        """As `taken`, of some of its test sets."""
        return set_confusion(list(sets), self.teller)

    @property
    def title(self) -> str:
        """Its name in tables, marked if it is an oracle (`forced`)."""
        return self.name + (" (forced)" if self.forced else "")


@dataclass(frozen=True, eq=False)
class Study:
    """An ablation with its runs, the base first; or single runs, without name and axes.

    `axes`: the labels of each axis in order. `variants`: names of cells beside those of the axes.
    `varies_decoding`: whether an axis sets `tag.decode`. `margin`: differences smaller than so many
    points count as none. `tuning`: of its arms, if they were tuned.
    """

    name: str
    suite: str
    runs: tuple[Run, ...]
    question: str = ""
    axes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    variants: tuple[str, ...] = ()
    hold: Mapping[str, Any] = field(default_factory=dict)
    varies_decoding: bool = False
    margin: float | None = None
    tuning: Tuning | None = None

    @property
    def spoken(self) -> Languages:
        """The languages that its runs were trained or tested on, in order."""
        rows = Languages(row for run in self.runs for row in run.spoken)
        return Languages(rows[key] for key in in_order(rows))

    @property
    def label(self) -> str:
        """An ablation's name, or the suite of single runs."""
        return self.name or f"Runs on {self.suite}"

    @property
    def title(self) -> str:
        """An ablation's name and question, or the suite of single runs."""
        return f"{self.name}: {self.question}" if self.name else self.label

    @cached_property
    def cells(self) -> list[Mapping[str, str]]:
        """The labels of each cell of the axes, in order."""
        own = (run.labels for run in self.runs if run.labels)
        every = {tuple(labels.items()): labels for labels in own}
        return [one for one in every.values() if not (self.variants and VARIANT in one)]

    def labelled(self, labels: Mapping[str, str]) -> list[Run]:
        """The runs of the cell with these labels."""
        return self._by_labels.get(frozenset(labels.items()), [])

    @cached_property
    def _by_labels(self) -> dict[frozenset[tuple[str, str]], list[Run]]:
        found: dict[frozenset[tuple[str, str]], list[Run]] = {}
        for run in self.runs:
            found.setdefault(frozenset(run.labels.items()), []).append(run)
        return found

    @cached_property
    def reference(self) -> Mapping[str, str]:
        """The labels of the cell that others are compared with.

        The first with the first label of each of its axes; if that was left out, the first.
        """
        firsts = {axis: labels[0] for axis, labels in self.axes.items()}
        usual = (one for one in self.cells if one.items() <= firsts.items())
        return next(usual, self.cells[0] if self.cells else firsts)

    @property
    def base(self) -> Run | None:
        """The base row of an ablation: its first run without labels."""
        return next((run for run in self.runs if self.axes and not run.labels), None)

    def base_of(self, run: Run) -> Run | None:
        """The base that a run is compared with, `forced` if the run is."""
        return next((one for one in self._bases if one.forced == run.forced), None)

    @cached_property
    def _bases(self) -> list[Run]:
        return [one for one in self.runs if self.axes and not one.labels]
