"""Pairs runs for comparison: by seed, by decoding, and by the utterances they share."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from plion.results.reading.study import Run, Study
from plion.scoring.scored import Scored


def by_seed(arms: Sequence[Sequence[Run]]) -> list[tuple[Run, ...]]:
    """Tuples of one run per cell, for every seed that all cells have.

    A run outside a grid, such as the base or a single run, is paired with every seed.
    """
    found = [{run.seed if run.labels else None: run for run in arm} for arm in arms]
    seeds = next((list(own) for own in found if None not in own), [None])
    return [
        tuple(own[None if None in own else seed] for own in found)
        for seed in seeds
        if all(seed in own or None in own for own in found)
    ]


def decoded_alike(study: Study, arms: Sequence[Sequence[Run]]) -> tuple[list[list[Run]], bool]:
    """Selects the runs of several cells to compare; also returns whether these are forced ones.

    If a cell was trained with the language given, only runs decoded with it (`forced`) are
    compared; runs without scores stay, as their status is the reason. Does not apply to a study
    that varies the decoding itself.
    """
    forced = any(run.conditioned for arm in arms for run in arm) and not study.varies_decoding
    if forced:
        return [[run for run in arm if run.forced or not run.scores] for arm in arms], True
    return [[run for run in arm if not run.again] for arm in arms], False


def unpaired(runs: Sequence[Run]) -> str:
    """Why runs cannot be paired by utterance; empty if they can."""
    unscored = [f"{run.title} {run.status}" for run in runs if not run.rates]
    if unscored:
        return ", ".join(unscored)
    first, *others = runs
    for run in others:
        if run.tested != first.tested:
            return f"{run.title} was tested on other utterances than {first.title}"
    return ""


def paired_sets(run: Run, other: Run) -> list[str]:
    """The benchmarks on which both were tested on the same utterances."""
    return [key for key, own in run.tested.items() if own == other.tested.get(key)]


def intersected(runs: Sequence[Run]) -> list[Run]:
    """The runs reduced to the utterances that all were tested on (same id and reference)."""
    every = [run.tested for run in runs]
    common = {
        key: frozenset.intersection(*(own[key] for own in every))
        for key in every[0]
        if all(key in own for own in every)
    }
    common = {key: kept for key, kept in common.items() if kept}
    return [
        replace(run, scores={key: _common(run.scores[key], kept) for key, kept in common.items()})
        for run in runs
    ]


def utterances(run: Run) -> int:
    """Number of utterances that a run was tested on."""
    return sum(run.scores[key].counts.n_utterances for key in run.rates)


def _common(scored: Scored, kept: frozenset[tuple[str, str]]) -> Scored:
    if len(kept) == len(scored.rows):
        return scored
    return scored.only(np.array([(row.id, row.reference) in kept for row in scored.rows]))
