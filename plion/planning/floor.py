"""The error floor: the error rate of the training targets themselves.

A model learns to write its targets (`data.target_text`) and is scored under a profile
(`evaluate.profile`). If the two treat a text differently, a model that outputs every target exactly
still has errors, and cannot be expected to have fewer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from plion.config.schema import Experiment
from plion.data.utterance import Utterance
from plion.planning.inputs import suite_of
from plion.planning.planned_run import PlannedRun
from plion.planning.utterances import TrainSet, Utterances
from plion.scoring.counts import Counts, count
from plion.text.languages import Language
from plion.text.metrics import Metric
from plion.text.normalize import spelled
from plion.text.profiles import PROFILES

SAMPLE = 2_000  # largest number of utterances scored per language


@dataclass(frozen=True)
class Floor:
    """Error counts of a language's training targets against their references.

    `counts` covers all its `utterances` in the training sets, or a sample of SAMPLE of them.
    """

    language: str
    counts: Counts
    utterances: int

    @property
    def sampled(self) -> bool:
        """Whether `counts` covers a sample only."""
        return self.counts.n_utterances < self.utterances


def floors(planned: PlannedRun) -> list[Floor]:
    """The floor of each language (per metric, if its sets have several), in the suite's order.

    Empty for verbatim targets, which equal the references, and if there are no texts. Leaves out
    languages that the profile refuses.
    """
    exp = planned.exp
    if exp.data.target_text == "verbatim":
        return []
    benchmarks = {row.key: row for row in suite_of(exp)}
    sets: dict[tuple[Language, Metric], list[TrainSet]] = {}
    for one in planned.train_sets:
        if one.manifest is not None and (row := benchmarks.get(one.key)):
            sets.setdefault((row.spoken, row.metric), []).append(one)
    profile = PROFILES[exp.evaluate.profile]
    return [
        Floor(
            spoken.key, _counts(_Compared(exp, spoken, metric, own)), sum(len(s.rows) for s in own)
        )
        for (spoken, metric), own in sets.items()
        if profile.refusal(spoken) is None
    ]


def warning(planned: PlannedRun) -> str:
    """The warning of `plan` and `train` if target and profile disagree; empty if they agree."""
    exp, found = planned.exp, floors(planned)
    style, profile = exp.data.target_text, exp.evaluate.profile
    both = f"data.target_text={style} and evaluate.profile={profile}"
    if style != "verbatim" and any(one.manifest is None for one in planned.train_sets):
        # `plain` targets are made by a strict profile.
        return "" if profile.startswith("strict") else f"{both} may disagree: no texts to compare"
    if not any(one.counts.errors for one in found):
        return ""
    listed = ", ".join(map(_listed, found))
    sampled = f", in a sample of {SAMPLE:,} utterances of each language that has more"
    return (
        f"{both} disagree: a system that outputs every training target exactly scores {listed}"
        f"{sampled if any(one.sampled for one in found) else ''}; data.target_text=verbatim has no "
        "such floor"
    )


def _listed(floor: Floor) -> str:
    counts = floor.counts
    rate = "" if counts.rate is None else f"{counts.rate:.2f} % "
    return f"{floor.language} {rate}({counts.errors:,} of {counts.reference_length:,})"


def _some(sets: Sequence[TrainSet]) -> list[Utterance]:
    """All utterances of the sets, or a sample with a fixed seed."""
    every = Utterances(sets)
    numbers = np.arange(len(every))
    if len(every) > SAMPLE:
        numbers = np.sort(np.random.default_rng(0).choice(numbers, SAMPLE, replace=False))
    return [every[number] for number in numbers.tolist()]


class _Compared:
    """The training texts of a language, and how they are compared; equal where all of it is."""

    def __init__(
        self, exp: Experiment, language: Language, metric: Metric, sets: Sequence[TrainSet]
    ) -> None:
        self.style, self.profile = exp.data.target_text, exp.evaluate.profile
        self.language, self.metric, self.sets = language, metric, sets
        texts = [(one.manifest.sha256, one.rows.tobytes()) for one in sets if one.manifest]
        self._content = repr(language), metric, self.style, self.profile, tuple(texts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Compared) and self._content == other._content

    def __hash__(self) -> int:
        return hash(self._content)


@lru_cache(maxsize=16)  # a study's cells train on the same texts
def _counts(compared: _Compared) -> Counts:
    language = compared.language
    references = [one.text for one in _some(compared.sets)]
    targets = [spelled(text, language, compared.style) for text in references]
    return count(references, targets, language, compared.metric, profile=compared.profile).pooled()
