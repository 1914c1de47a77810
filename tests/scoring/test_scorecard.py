import json

import jiwer
import pytest

from plion.data.utterance import Utterance
from plion.errors import InputError
from plion.scoring.counts import count, metrics
from plion.scoring.hypotheses import Matched, Transcribed
from plion.scoring.score import score
from plion.scoring.scorecard import as_json
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


def test_rates_are_those_of_the_counts(matched: Matched) -> None:
    card = score(matched, "strict")
    assert card.profile == "strict-3"
    english, mandarin = card.scored
    expected = jiwer.process_words(["one two three", "four five"], SETS["nsc"][2])
    assert english.counts.rate == pytest.approx(100 * expected.wer) == 40
    assert (mandarin.counts.errors, mandarin.counts.reference_length) == (1, 6)
    assert (english.benchmark.key, english.benchmark.metric) == ("nsc", "wer")
    assert english.ids == ("nsc-0", "nsc-1")


def test_what_is_missing_and_what_is_extra_is_known() -> None:
    lacking = Transcribed("nsc", SHIPPED["en"], (), (), ("nsc-7",))
    card = score(Matched((lacking, transcribed("own", "ms", ["a"], ["a"])), ("u",)), "strict")
    assert (card.missing, card.extra) == ({"nsc": ("nsc-7",)}, ("u",))


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
    assert [one.counts.rate for one in card.scored] == [None, 0]
    assert card.scored[0].empty == ["nsc-0", "nsc-1"] and not card.scored[1].empty
    assert json.loads(as_json(card))["covered"] == ["slr65"]


def test_nothing_with_a_rate_has_no_macro() -> None:
    card = score(Matched((transcribed("nsc", "en", ["?"], ["a"]),), ()), "strict")
    assert json.loads(as_json(card))["macro_average"] is None


def test_clusters_are_the_speakers_of_the_manifests() -> None:
    one = transcribed("nsc", "en", ["a b"] * 80, ["a"] * 80)
    assert score(Matched((one,), ()), "strict").scored[0].clusters.described == "40 speakers"


def test_a_profile_refused_in_a_language_is_refused_before_counting(
    matched: Matched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plion.scoring.score.counted", None)
    tamil = transcribed("slr65", "ta", ["அம்மா"], ["அம்மா"])
    with pytest.raises(InputError, match="'whisper-1' is refused in ta"):
        score(Matched((*matched.sets, tamil), ()), "whisper")
