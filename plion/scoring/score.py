"""Score the transcripts of any system against manifests."""

from plion.scoring.benchmarks import Benchmark
from plion.scoring.hypotheses import Matched, Transcribed
from plion.scoring.predictions import Prediction
from plion.scoring.scorecard import Scorecard
from plion.scoring.scored import Scored, counted
from plion.text.normalize import profile_steps, resolve_profile


def score(matched: Matched, profile: str) -> Scorecard:
    """Score every benchmark.

    Raises InputError for a profile that is unknown or refused in a benchmark's language.
    """
    for one in matched.sets:  # before anything is counted
        profile_steps(one.language, profile)
    return Scorecard(
        resolve_profile(profile),
        tuple(_score(one, profile) for one in matched.sets),
        {one.key: one.missing for one in matched.sets if one.missing},
        matched.extra,
    )


def _score(one: Transcribed, profile: str) -> Scored:
    benchmark = Benchmark(one.key, one.language, one.language.metric, manifest="")
    pairs = zip(one.utterances, one.texts, strict=True)
    rows = tuple(
        Prediction(
            utterance.id, utterance.text, text, text, duration=utterance.duration,
            speaker=utterance.speaker, block=utterance.block, sentence=utterance.sentence,
        )
        for utterance, text in pairs
    )  # fmt: skip
    return counted(benchmark, rows, profile)
