import json

import jiwer
import pytest

from plion.data.utterance import Utterance
from plion.errors import InputError
from plion.scoring.counts import count, metrics
from plion.scoring.hypotheses import Matched, Transcribed
from plion.scoring.scorecard import as_json, score
from plion.text.shipped import SHIPPED

SETS = {
    "nsc": ("en", ["One two, three", "four five"], ["one two", "four five six"]),
    "aishell1": ("zh", ["漢字 很多", "你好。"], ["汉子很多", "你好"]),
}


def transcribed(key: str, tongue: str, texts: list[str], said: list[str]) -> Transcribed:
    utterances = tuple(
        Utterance(f"{key}-{n}", "a.wav", text, tongue, key, 1.0, speaker=f"s{n % 40}")
        for n, text in enumerate(texts)
    )
    return Transcribed(key, SHIPPED[tongue], utterances, tuple(said), ())


@pytest.fixture
def matched() -> Matched:
    return Matched(tuple(transcribed(key, *row) for key, row in SETS.items()), ())


def test_rates_are_those_of_the_counts_and_the_macro_is_their_mean(matched: Matched) -> None:
    card = score(matched, "strict")
    assert card.profile == "strict-3"
    english, mandarin = card.scored
    expected = jiwer.process_words(["one two three", "four five"], SETS["nsc"][2])
    assert english.counts.rate == pytest.approx(100 * expected.wer) == 40
    assert (mandarin.counts.errors, mandarin.counts.reference_length) == (1, 6)
    assert english.interval and english.interval.estimate == pytest.approx(40)
    assert card.macro and card.macro.estimate == pytest.approx((40 + 100 / 6) / 2)


def test_the_json_is_that_of_metrics(matched: Matched) -> None:
    written = json.loads(as_json(score(matched, "evalkit")))
    counts = {
        key: (
            SHIPPED[tongue].metric,
            count(*texts, SHIPPED[tongue], SHIPPED[tongue].metric, profile="evalkit"),
        )
        for key, (tongue, *texts) in SETS.items()
    }
    assert written == metrics(
        {key: (metric, counted.pooled()) for key, (metric, counted) in counts.items()}, "evalkit-2"
    )
    assert written["covered"] == ["nsc", "aishell1"]


def test_a_benchmark_without_a_reference_token_has_no_rate() -> None:
    card = score(
        Matched(
            (
                transcribed("nsc", "en", ["...", ""], ["a", ""]),
                transcribed("slr65", "ta", ["அம்மா"], ["அம்மா"]),
            ),
            (),
        ),
        "strict",
    )
    assert [one.interval is None for one in card.scored] == [True, False]
    assert card.macro and card.macro.estimate == 0
    assert card.scored[0].empty == ["nsc-0", "nsc-1"] and not card.scored[1].empty
    assert json.loads(as_json(card))["covered"] == ["slr65"]


def test_nothing_with_a_rate_has_no_macro() -> None:
    card = score(Matched((transcribed("nsc", "en", ["?"], ["a"]),), ()), "strict")
    assert card.macro is None and json.loads(as_json(card))["macro_average"] is None


def test_clusters_are_the_speakers_of_the_manifests() -> None:
    one = transcribed("nsc", "en", ["a b"] * 80, ["a"] * 80)
    assert score(Matched((one,), ()), "strict").scored[0].clusters.described == "40 speakers"


def test_the_sets_of_fleurs_are_resampled_together() -> None:
    def fleurs(key: str, tongue: str) -> Transcribed:
        texts = tuple(
            Utterance(f"{n}", "a.wav", "a b", tongue, key, 1.0, sentence=str(n // 2))
            for n in range(80)
        )
        said = tuple("a b" if n // 2 % 2 else "x y" for n in range(80))
        return Transcribed(key, SHIPPED[tongue], texts, said, ())

    def width(*sets: Transcribed) -> float:
        macro = score(Matched(sets, ()), "strict").macro
        assert macro is not None
        return macro.high - macro.low

    # Errors fall on the same sentences: together the mean is as uncertain as one set alone.
    alone = width(fleurs("fleurs_ta", "ta"))
    together = width(fleurs("fleurs_ta", "ta"), fleurs("fleurs_ms", "ms"))
    apart = width(fleurs("slr65", "ta"), fleurs("mesolitica", "ms"))
    assert together == pytest.approx(alone, rel=0.1) and apart < 0.85 * alone


def test_a_profile_refused_in_a_language_is_refused_before_counting(
    matched: Matched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plion.scoring.scorecard.count", None)
    tamil = transcribed("slr65", "ta", ["அம்மா"], ["அம்மா"])
    with pytest.raises(InputError, match="'whisper-1' is refused in ta"):
        score(Matched((*matched.sets, tamil), ()), "whisper")
