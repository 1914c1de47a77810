"""Score the transcripts of any system against manifests, with confidence intervals."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plion.scoring.counts import Counts, UtteranceCounts, count, metrics
from plion.scoring.hypotheses import Matched, Transcribed
from plion.scoring.statistics.averages import MACRO, averages, by_language, sets_and_macro
from plion.scoring.statistics.bootstrap import Sample
from plion.scoring.statistics.clusters import Clusters, clusters, corpus
from plion.scoring.statistics.estimate import Interval
from plion.scoring.statistics.intervals import Resampled, interval, resample
from plion.scoring.statistics.rate import Rate, with_intervals
from plion.text.normalize import profile_steps, resolve_profile


@dataclass(frozen=True, eq=False)
class Scored:
    """One scored benchmark; `interval` is None if no reference has a token."""

    transcribed: Transcribed
    utterances: UtteranceCounts
    counts: Counts
    clusters: Clusters
    interval: Interval | None

    @property
    def references(self) -> list[str]:
        """The references, not normalised, in the order of the utterances."""
        return [utterance.text for utterance in self.transcribed.utterances]

    @property
    def empty(self) -> list[str]:
        """The ids of utterances whose normalised reference has no token."""
        pairs = zip(self.transcribed.utterances, self.utterances.lengths.tolist(), strict=True)
        return [utterance.id for utterance, length in pairs if not length]


@dataclass(frozen=True, eq=False)
class Scorecard:
    """A system's scored benchmarks; `profile`: the normalisation, with its version.

    `macro`: the plain mean of the rates; None without a rate. `languages`: the mean rate of each
    language by key, and averages over languages by name (`language_mean`, ...). `extra`: the ids of
    hypotheses without a reference, which are ignored.
    """

    profile: str
    scored: tuple[Scored, ...]
    macro: Interval | None
    languages: Mapping[str, Rate]
    extra: tuple[str, ...]


def score(matched: Matched, profile: str) -> Scorecard:
    """Score every benchmark and average the rates.

    Raises InputError for a profile that is unknown or refused in a benchmark's language.
    """
    for one in matched.sets:  # before anything is counted
        profile_steps(one.language, profile)
    counted = [_count(one, profile) for one in matched.sets]
    known = [_clusters(one) for one in matched.sets]
    rated = [place for place, own in enumerate(counted) if own.lengths.any()]
    samples = [_sample(matched.sets[place], counted[place], known[place]) for place in rated]
    drawn = resample(samples) if samples else None
    intervals = _intervals(samples, drawn)
    by_place = {place: intervals[matched.sets[place].key] for place in rated}
    scored = tuple(
        Scored(one, own, own.pooled(), found, by_place.get(place))
        for place, (one, own, found) in enumerate(zip(matched.sets, counted, known, strict=True))
    )
    macro, languages = intervals.get(MACRO), _languages(scored, drawn)
    return Scorecard(resolve_profile(profile), scored, macro, languages, matched.extra)


def as_json(card: Scorecard) -> str:
    """The scorecard as JSON text, in the format of a run's metrics.json."""
    scored = {
        one.transcribed.key: (one.transcribed.language.metric, one.counts) for one in card.scored
    }
    return json.dumps(metrics(scored, card.profile), indent=2, ensure_ascii=False) + "\n"


def _count(one: Transcribed, profile: str) -> UtteranceCounts:
    references = [utterance.text for utterance in one.utterances]
    language = one.language
    return count(references, one.texts, language, language.metric, profile=profile)


def _clusters(one: Transcribed) -> Clusters:
    return clusters(
        [utterance.block for utterance in one.utterances],
        [utterance.speaker for utterance in one.utterances],
        [utterance.sentence for utterance in one.utterances],
    )


def _sample(one: Transcribed, counted: UtteranceCounts, found: Clusters) -> Sample:
    source = corpus(one.key, one.language.key)
    return Sample(one.key, counted.errors[None], counted.lengths, found, source)


def _intervals(samples: Sequence[Sample], drawn: Resampled | None) -> dict[str, Interval]:
    """The interval of each set by its key, and of the macro average."""
    weights = sets_and_macro([sample.key for sample in samples])
    return {name: interval(drawn, own, (1.0,)) for name, own in weights.items() if drawn}


def _languages(scored: Sequence[Scored], drawn: Resampled | None) -> dict[str, Rate]:
    """The averages by and over languages, of the sets that have a rate."""
    if drawn is None:
        return {}
    rates = {one.transcribed.key: one.counts.rate for one in scored}
    of = {one.transcribed.key: one.transcribed.language.key for one in scored}
    known = {key: rate for key, rate in rates.items() if rate is not None}
    named = {name: own for name, own in averages(known, of).items() if name != MACRO}
    return with_intervals(by_language(known, of) | named, drawn)
