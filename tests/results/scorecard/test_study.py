"""Anybody's transcripts as a study of one run."""

import pytest

from plion.data.utterance import Utterance
from plion.results.analysis.rates import run_rates
from plion.results.scorecard.study import scorecard_study
from plion.scoring.hypotheses import Matched, Transcribed
from plion.scoring.score import score
from plion.scoring.statistics.rate import Rate
from plion.text.shipped import SHIPPED


def rates(*sets: Transcribed) -> dict[str, Rate]:
    """The rates of a study of one scorecard."""
    study = scorecard_study(score(Matched(sets, ()), "strict"))
    return run_rates(study, study.runs[0])


def transcribed(key: str, tongue: str, texts: list[str], said: list[str]) -> Transcribed:
    utterances = tuple(
        Utterance(f"{key}-{n}", "a.wav", text, tongue, key, 1.0) for n, text in enumerate(texts)
    )
    return Transcribed(key, SHIPPED[tongue], utterances, tuple(said), ())


def test_a_run_has_the_rates_of_the_scorecard_and_their_mean() -> None:
    english = transcribed("nsc", "en", ["a b", "c d"], ["a b", "c x"])
    made = rates(english, transcribed("slr65", "ta", ["அம்மா"], ["அம்மா"]))
    assert {key: rate.value for key, rate in made.items()} == {
        **{"nsc": 25, "slr65": 0, "macro": 12.5, "language_mean": 12.5, "worst_language": 25},
    }
    assert made["nsc"].over == "test utterances"  # nothing is known of a training


def test_a_set_without_a_reference_token_has_no_rate() -> None:
    made = rates(transcribed("nsc", "en", ["..."], ["a"]), transcribed("slr65", "ta", ["அ"], ["அ"]))
    assert "nsc" not in made and made["macro"].value == 0
    assert rates(transcribed("nsc", "en", ["..."], ["a"])) == {}


def test_the_sets_of_fleurs_are_resampled_together() -> None:
    def fleurs(key: str, tongue: str) -> Transcribed:
        texts = tuple(
            Utterance(f"{n}", "a.wav", "a b", tongue, key, 1.0, sentence=str(n // 2))
            for n in range(80)
        )
        said = tuple("a b" if n // 2 % 2 else "x y" for n in range(80))
        return Transcribed(key, SHIPPED[tongue], texts, said, ())

    def width(*sets: Transcribed) -> float:
        macro = rates(*sets)["macro"]
        return macro.high - macro.low

    # Errors fall on the same sentences: together the mean is as uncertain as one set alone.
    alone = width(fleurs("fleurs_ta", "ta"))
    together = width(fleurs("fleurs_ta", "ta"), fleurs("fleurs_ms", "ms"))
    apart = width(fleurs("slr65", "ta"), fleurs("mesolitica", "ms"))
    assert together == pytest.approx(alone, rel=0.1) and apart < 0.85 * alone
