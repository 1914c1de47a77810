"""Anybody's transcripts scored against manifests, with intervals."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plion.evaluation.blocks import Blocks, blocks, corpus
from plion.evaluation.certainty import Interval, interval, resample
from plion.evaluation.hypotheses import Matched, Transcribed
from plion.evaluation.normalize import profile_steps, resolve_profile
from plion.evaluation.resampling import Sample
from plion.evaluation.scoring import Counts, UtteranceCounts, count, metrics


@dataclass(frozen=True, eq=False)
class Scored:
    """One benchmark; without a rate where no reference has a token."""

    transcribed: Transcribed
    utterances: UtteranceCounts
    counts: Counts
    blocks: Blocks
    interval: Interval | None

    @property
    def empty(self) -> list[str]:
        """The ids of utterances whose reference has no token."""
        pairs = zip(self.transcribed.utterances, self.utterances.lengths.tolist(), strict=True)
        return [utterance.id for utterance, length in pairs if not length]


@dataclass(frozen=True, eq=False)
class Scorecard:
    """A system's benchmarks under one profile; `macro`: the plain mean of their rates.

    `extra`: the ids of hypotheses without a reference, which are ignored.
    """

    profile: str
    scored: tuple[Scored, ...]
    macro: Interval | None
    extra: tuple[str, ...]


def score(matched: Matched, profile: str) -> Scorecard:
    """Every benchmark counted, and the mean of their rates.

    Raises InputError for a profile that is unknown or that is refused in a benchmark's language.
    """
    for one in matched.sets:  # before anything is counted
        profile_steps(one.language.key, profile)
    counted = [_count(one, profile) for one in matched.sets]
    known = [_blocks(one) for one in matched.sets]
    rated = [place for place, own in enumerate(counted) if own.lengths.any()]
    intervals, macro = _intervals(
        [_sample(matched.sets[place], counted[place], known[place]) for place in rated]
    )
    by_place = dict(zip(rated, intervals, strict=True))
    scored = tuple(
        Scored(one, own, own.pooled(), found, by_place.get(place))
        for place, (one, own, found) in enumerate(zip(matched.sets, counted, known, strict=True))
    )
    return Scorecard(resolve_profile(profile), scored, macro, matched.extra)


def as_json(card: Scorecard) -> str:
    """What a run's metrics.json holds."""
    scored = {
        one.transcribed.key: (one.transcribed.language.metric, one.counts) for one in card.scored
    }
    return json.dumps(metrics(scored, card.profile), indent=2, ensure_ascii=False) + "\n"


def _count(one: Transcribed, profile: str) -> UtteranceCounts:
    references = [utterance.text for utterance in one.utterances]
    language = one.language
    return count(references, one.texts, language.key, language.metric, profile)


def _blocks(one: Transcribed) -> Blocks:
    return blocks(
        [utterance.block for utterance in one.utterances],
        [utterance.speaker for utterance in one.utterances],
        [utterance.sentence for utterance in one.utterances],
    )


def _sample(one: Transcribed, counted: UtteranceCounts, found: Blocks) -> Sample:
    source = corpus(one.key, one.language.key)
    return Sample(one.key, counted.errors[None], counted.lengths, found, source)


def _intervals(samples: Sequence[Sample]) -> tuple[list[Interval], Interval | None]:
    """Of each set, and of their mean."""
    if not samples:
        return [], None
    drawn = resample(samples)
    one = (1.0,)  # of one system
    sets = [interval(drawn, weights, one) for weights in np.eye(len(samples))]
    return sets, interval(drawn, np.full(len(samples), 1 / len(samples)), one)
