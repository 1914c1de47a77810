import random

import jiwer
import numpy as np
import pytest

from plion.errors import InputError
from plion.scoring.counts import Counts, count, covered, metrics
from plion.scoring.statistics.mapsswe import align
from plion.text.metrics import METRICS
from plion.text.normalize import normalize
from plion.text.shipped import SHIPPED

EN, ZH, TA, MS = (SHIPPED[key] for key in ("en", "zh", "ta", "ms"))


def rows(counts):
    columns = (counts.lengths, counts.substitutions, counts.deletions, counts.insertions)
    return [tuple(int(value) for value in row) for row in zip(*columns, strict=True)]


def test_word_errors_are_counted_utterance_by_utterance():
    counted = count(
        ["the cat sat", "on the mat", "here"],
        ["the bat sat", "on mat", "right here now"],
        EN,
        "wer",
    )
    assert rows(counted) == [(3, 1, 0, 0), (3, 0, 1, 0), (1, 0, 0, 2)]
    assert counted.errors.tolist() == [1, 1, 2]


def test_character_errors_do_not_count_spaces():
    assert rows(count(["我爱 hello world"], ["我 爱helo world"], ZH, "cer")) == [(12, 0, 1, 0)]


def test_tamil_characters_are_code_points():
    assert rows(count(["தமிழ்"], ["தமழ்"], TA, "cer")) == [(5, 0, 1, 0)]


def test_a_tamil_letter_with_its_vowel_sign_is_one_grapheme_cluster():
    assert rows(count(["தமிழ்"], ["தமழ்"], TA, "gcer")) == [(3, 1, 0, 0)]


def test_mixed_errors_count_han_characters_and_other_words():
    assert rows(count(["我要 take 巴士"], ["我要 toke 士"], ZH, "mer")) == [(5, 1, 1, 0)]


@pytest.mark.parametrize(
    ("language", "metric", "alphabet"),
    [("zh", "cer", "一二三四五"), ("en", "wer", ["a", "be", "see"])],
)
def test_mixed_errors_of_one_script_are_its_own(language, metric, alphabet):
    rng = random.Random(1)
    space = " " if metric == "wer" else ""
    texts = [space.join(rng.choices(alphabet, k=rng.randint(0, 9))) for _ in range(100)]
    pair = texts[:50], texts[50:]
    assert rows(count(*pair, SHIPPED[language], "mer")) == rows(
        count(*pair, SHIPPED[language], metric)
    )


@pytest.mark.parametrize(
    ("reference", "hypothesis"),
    [
        ("தமிழ் மொழியில் பேசுகிறேன்", "தமுழ் மொழியில் பேசிகிறேன்"),
        ("பள்ளி வீடு மரம்", "பள்ளு வாடு மரம்"),
    ],
)
def test_words_that_differ_in_a_vowel_sign_are_wrong(reference, hypothesis):
    assert rows(count([reference], [hypothesis], TA, "wer")) == [(3, 2, 0, 0)]


def test_invisible_joiner_is_no_error():
    assert rows(count(["க்ஷ மரம்"], ["க்\u200cஷ மரம்"], TA, "wer")) == [(2, 0, 0, 0)]


def test_malay_reduplication_is_two_words_however_it_is_written():
    assert rows(count(["kanak-kanak main"], ["kanak kanak main"], MS, "wer")) == [(3, 0, 0, 0)]


def test_profile_decides_what_is_an_error():
    arguments = (["Hello, you"], ["hello you"], EN, "wer")
    assert count(*arguments, profile="raw").errors.tolist() == [1]
    assert count(*arguments, profile="strict").errors.tolist() == [0]


def test_totals_are_jiwers_on_random_word_sequences():
    rng = random.Random(0)
    texts = [" ".join(rng.choices("abcde", k=rng.randint(1, 9))) for _ in range(400)]
    references, hypotheses = texts[:200], texts[200:]
    expected = jiwer.process_words(references, hypotheses)
    pooled = count(references, hypotheses, EN, "wer").pooled()
    assert (pooled.substitutions, pooled.deletions, pooled.insertions) == (
        expected.substitutions,
        expected.deletions,
        expected.insertions,
    )
    assert pooled.rate == pytest.approx(100 * expected.wer)


@pytest.mark.parametrize("metric", ["wer", "cer", "gcer", "mer"])
@pytest.mark.parametrize(
    ("language", "letters"), [("en", "abc' "), ("zh", "一二三a "), ("ta", "தமிழ்ொ "), ("ms", "ab- ")]
)
def test_totals_are_jiwers_on_every_pair(language, metric, letters):
    rng = random.Random(2)
    texts = ["".join(rng.choices(letters, k=rng.randint(1, 14))) for _ in range(300)]
    references, hypotheses = texts[:150], texts[150:]
    found = count(references, hypotheses, SHIPPED[language], metric).errors.tolist()
    expected = []
    for pair in zip(references, hypotheses, strict=True):
        split = (
            " ".join(METRICS[metric].tokens(normalize(text, SHIPPED[language]))) for text in pair
        )
        made = jiwer.process_words(*split)
        expected.append(made.substitutions + made.deletions + made.insertions)
    assert found == expected


def test_totals_are_the_least_and_sclites_costs_may_count_more():
    reference, said = "a b c d e", "d e f g h"
    assert count([reference], [said], EN, "wer").pooled().errors == 5
    aligned = align(reference.split(), said.split())  # at sclite's costs
    assert aligned.right.count(False) + sum(aligned.inserted) == 6


def test_words_on_an_empty_reference_are_insertions():
    assert rows(count(["", "hi"], ["a b", "hi"], EN, "wer")) == [
        (0, 0, 0, 2),
        (1, 0, 0, 0),
    ]
    assert count(["", "hi"], ["a b", "hi"], EN, "wer").pooled().rate == 200


def test_empty_hypothesis_is_all_deletions():
    assert rows(count(["one two"], [""], EN, "wer")) == [(2, 0, 2, 0)]


def test_rate_is_undefined_without_a_reference_token():
    assert count(["", "?"], ["a", ""], EN, "wer").pooled().rate is None


def test_no_utterances_are_no_counts():
    assert count([], [], EN, "wer").pooled() == Counts(0, 0, 0, 0, 0, 0)


def test_tokens_of_the_hypotheses_follow_from_the_counts():
    counted = count(["a b", "c d e", ""], ["x x x x x", "c d", "y"], EN, "wer")
    assert counted.said.tolist() == [5, 2, 1]


def test_capped_errors_stop_at_the_references_length():
    counted = count(["a b", "c d e", ""], ["x x x x x", "c d", "y"], EN, "wer")
    assert counted.errors.tolist() == [5, 1, 1]
    assert counted.capped_errors.tolist() == [2, 1, 0]
    assert counted.pooled(capped=True).rate == 60


def test_counts_of_two_halves_add_up_to_the_whole():
    references, hypotheses = ["a b", "c", "d e f"], ["a", "c c", "x e f"]
    whole = count(references, hypotheses, EN, "wer").pooled()
    halves = [
        count(references[part], hypotheses[part], EN, "wer").pooled()
        for part in (slice(0, 1), slice(1, 3))
    ]
    assert halves[0] + halves[1] == whole


def test_lists_of_different_length_are_refused():
    with pytest.raises(InputError, match="2 references but 1 hypotheses"):
        count(["a", "b"], ["a"], EN, "wer")


def test_arrays_are_whole_numbers():
    assert count(["a"], ["b"], EN, "wer").errors.dtype == np.int64


RATES = {"librispeech": 10.0, "nsc": 20.0, "slr65": 90.0, "aishell1": None}


def test_sets_with_a_rate_are_covered():
    assert covered(RATES) == ["librispeech", "nsc", "slr65"]


def test_metrics_have_the_published_form():
    made = metrics({"nsc": ("wer", Counts(12, 340, 7, 3, 2, 20))}, "strict")
    assert made == {
        "profile": "strict-3",
        "benchmarks": {
            "nsc": {
                "metric": "wer",
                "errors": 12,
                "reference_length": 340,
                "substitutions": 7,
                "deletions": 3,
                "insertions": 2,
                "n_utterances": 20,
                "rate": pytest.approx(3.5294, abs=1e-4),
            }
        },
        "macro_average": pytest.approx(3.5294, abs=1e-4),
        "covered": ["nsc"],
    }


def test_benchmark_without_reference_tokens_is_not_covered():
    made = metrics(
        {"nsc": ("wer", Counts(1, 4, 1, 0, 0, 1)), "slr65": ("wer", Counts(2, 0, 0, 0, 2, 1))},
        "strict",
    )
    assert made["benchmarks"]["slr65"]["rate"] is None
    assert (made["macro_average"], made["covered"]) == (25, ["nsc"])
