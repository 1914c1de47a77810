"""Runs that are compared utterance by utterance: whether they can be, and on which utterances."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from plion.evaluation.scoring import UtteranceCounts, covered
from plion.studies.collect import Run, Scored
from plion.studies.figures import run_rates

Tested = Mapping[str, frozenset[tuple[str, str]]]  # by benchmark: ids and references


def unpaired(runs: Sequence[Run]) -> str:
    """Why runs cannot be paired by utterance; empty where they can."""
    unscored = [f"{run.name} {run.status}" for run in runs if not covered(run_rates(run))]
    if unscored:
        return ", ".join(unscored)
    first, *others = map(_tested, runs)
    for run, other in zip(runs[1:], others, strict=True):
        if other != first:
            return f"{run.name} was tested on other utterances than {runs[0].name}"
    return ""


def intersected(runs: Sequence[Run]) -> list[Run]:
    """The runs as if tested only on the utterances that all were, by id and reference."""
    tested = [_tested(run) for run in runs]
    common = {
        key: frozenset.intersection(*(own[key] for own in tested))
        for key in tested[0]
        if all(key in own for own in tested)
    }
    return [
        replace(
            run, scores={key: _cut(run.scores[key], kept) for key, kept in common.items() if kept}
        )
        for run in runs
    ]


def utterances(run: Run) -> int:
    """How many utterances a run was tested on."""
    return sum(run.scores[key].counts.n_utterances for key in covered(run_rates(run)))


def _tested(run: Run) -> Tested:
    return {
        key: frozenset((row.id, row.reference) for row in run.scores[key].rows)
        for key in covered(run_rates(run))
    }


def _cut(scored: Scored, kept: frozenset[tuple[str, str]]) -> Scored:
    if len(kept) == len(scored.rows):
        return scored
    stays = [(row.id, row.reference) in kept for row in scored.rows]
    own = scored.utterances
    columns = (own.lengths, own.substitutions, own.deletions, own.insertions)
    counts = UtteranceCounts(*(column[np.array(stays)] for column in columns))
    rows = tuple(row for row, stay in zip(scored.rows, stays, strict=True) if stay)
    return replace(scored, counts=counts.pooled(), rows=rows, utterances=counts)
