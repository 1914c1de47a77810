"""Figures of a run's first pass per corpus, as `plion plan` prints them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plion.planning.utterances import TrainSet
from plion.sampling.batches import Budget, Lengths, compose
from plion.sampling.mixture import Draws
from plion.sampling.stream import Stream


@dataclass(frozen=True)
class Row:
    """One corpus in one pass: the columns of `plan --csv`; shares and `unseen` in percent.

    `utterances` and `hours` describe the corpus. `share` is its part of the utterances drawn,
    `share_hours` of their hours, `share_padded` of their audio with the padding of batches,
    `share_tokens` of their supervised tokens (None if not counted).
    """

    language: str
    dataset: str
    utterances: int
    hours: float
    draws: int
    share: float
    repeats: float
    unseen: float
    share_hours: float
    share_padded: float
    share_tokens: float | None


def first_pass(
    train_sets: Sequence[TrainSet], stream: Stream, draws: Draws, own: Lengths, *, budget: Budget
) -> list[Row]:
    """The first pass, a row per corpus in the suite's order; `own`: lengths of all utterances."""
    offsets = stream.offsets
    order = stream.order(0, draws)
    drawn = np.bincount(order, minlength=offsets[-1])
    corpora = offsets[:-1]
    counts = np.add.reduceat(drawn, corpora)
    hours = np.add.reduceat(drawn * own.seconds, corpora)
    hours *= [one.published for one in train_sets]
    tokens = None if own.tokens is None else np.add.reduceat(drawn * own.tokens, corpora)
    padded = _padded(stream, order, own, budget)
    unseen = np.add.reduceat(drawn == 0, corpora)
    return [
        Row(
            language=one.language,
            dataset=one.key,
            utterances=len(one.rows),
            hours=one.hours,
            draws=int(counts[i]),
            share=_percent(counts, i),
            repeats=float(counts[i]) / len(one.rows),
            unseen=100 * float(unseen[i]) / len(one.rows),
            share_hours=_percent(hours, i),
            share_padded=_percent(padded, i),
            share_tokens=None if tokens is None else _percent(tokens, i),
        )
        for i, one in enumerate(train_sets)
    ]


def by_language(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Groups rows by language, in order of appearance."""
    languages = dict.fromkeys(row.language for row in rows)
    return {key: [row for row in rows if row.language == key] for key in languages}


def summed(rows: Sequence[Row], language: str) -> Row:
    """Sums several corpora into one row with the dataset `all`."""
    utterances, drawn = sum(row.utterances for row in rows), sum(row.draws for row in rows)
    tokens = [row.share_tokens for row in rows if row.share_tokens is not None]
    return Row(
        language=language,
        dataset="all",
        utterances=utterances,
        hours=sum(row.hours for row in rows),
        draws=drawn,
        share=sum(row.share for row in rows),
        repeats=drawn / utterances,
        unseen=sum(row.unseen * row.utterances for row in rows) / utterances,
        share_hours=sum(row.share_hours for row in rows),
        share_padded=sum(row.share_padded for row in rows),
        share_tokens=sum(tokens) if tokens else None,
    )


def _padded(stream: Stream, order: np.ndarray, own: Lengths, budget: Budget) -> np.ndarray:
    """Padded seconds of audio per corpus: each utterance counts as its batch's longest.

    Covers the whole pass, even if the run ends within it; the mixing of batches has no effect.
    """
    batches = compose(order, own, budget, stream.batch_rng(0))
    sizes = np.diff(batches.bounds)
    each = np.repeat(batches.padded / sizes, sizes)
    corpus = stream.corpus_of(order[batches.positions])
    return np.bincount(corpus, each, minlength=len(stream.sizes))


def _percent(amounts: np.ndarray, i: int) -> float:
    return 100 * float(amounts[i] / amounts.sum())
