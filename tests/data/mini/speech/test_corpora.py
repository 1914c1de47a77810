"""The twelve corpora as rows: the paper's sizes, and habits that differ without telling languages.

Sizes are Table 1 of arXiv 2603.16184 divided by 100, at least 24.
"""

from itertools import combinations

import pytest

from plion.data.corpora.published import published_corpora
from plion.data.mini.speech.corpora import BASE, MINI12, MiniCorpus
from plion.scoring.benchmarks import suite
from plion.text.normalize import normalize
from plion.text.shipped import PAPER, SHIPPED

# fmt: off
TRAIN = {
    "librispeech": 285, "nsc": 1000, "commonvoice_zh": 295, "aishell1": 1201, "aishell3": 569,
    "fleurs_zh": 32, "commonvoice_ta": 452, "slr65": 34, "slr127": 696, "fleurs_ta": 24,
    "mesolitica": 179, "fleurs_ms": 27,
}
# fmt: on
SENTENCE = {
    "en": ("today", "teacher", "opens", "yellow", "river"),
    "zh": ("今天", "老师", "打开", "红色", "苹果"),
    "ta": ("இன்று", "அம்மா", "பெரிய", "வீடு", "சென்றான்"),
    "ms": ("guru", "membaca", "kanak-kanak", "besar", "semalam"),
}
SPELLED = {
    "librispeech": "TODAY TEACHER OPENS YELLOW RIVER",
    "nsc": "Today teacher opens yellow river?",
    "commonvoice_zh": "今天老师打开红色苹果。",
    "aishell1": "今天老师打开红色苹果",
    "fleurs_zh": "今天老师，打开红色苹果。",
    "commonvoice_ta": "இன்று அம்மா பெரிய வீடு சென்றான்.",
    "slr127": "இன்று அம்மா பெரிய வீடு சென்றான்",
    "mesolitica": "Guru membaca kanak-kanak besar semalam?",
    "fleurs_ms": "Guru membaca, kanak-kanak besar semalam.",
}
BY_KEY = {corpus.key: corpus for corpus in MINI12}


def test_train_sizes_are_the_papers_by_a_hundred() -> None:
    assert {key: corpus.sizes["train"] for key, corpus in BY_KEY.items()} == TRAIN


def test_the_papers_counts_give_these_sizes() -> None:
    counts = {row.benchmark: row.train.utterances for row in published_corpora()}
    assert {key: max(24, round(count / 100)) for key, count in counts.items()} == TRAIN


@pytest.mark.parametrize("corpus", MINI12, ids=lambda corpus: corpus.key)
def test_valid_has_40_utterances_and_test_150(corpus: MiniCorpus) -> None:
    assert (corpus.sizes["valid"], corpus.sizes["test"]) == (40, 150)


def test_keys_and_languages_are_those_of_the_suite_in_its_order() -> None:
    assert [(corpus.key, corpus.language) for corpus in MINI12] == [
        (row.key, row.language) for row in suite("mini12")
    ]


def test_only_three_corpora_share_speakers_between_train_and_test() -> None:
    assert [c.key for c in MINI12 if c.shared_speakers] == ["aishell3", "slr65", "slr127"]


def test_fleurs_names_no_speakers() -> None:
    nameless = [corpus.key for corpus in MINI12 if not corpus.names_speakers]
    assert nameless == ["fleurs_zh", "fleurs_ta", "fleurs_ms"]


@pytest.mark.parametrize("key", SPELLED)
def test_a_corpus_is_spelled_as_its_publisher_does(key: str) -> None:
    corpus = BY_KEY[key]
    assert corpus.spelling(SENTENCE[corpus.language], 1) == SPELLED[key]


@pytest.mark.parametrize("corpus", MINI12, ids=lambda corpus: corpus.key)
def test_scoring_reads_the_same_words_from_every_spelling(corpus: MiniCorpus) -> None:
    joint = "" if corpus.language == "zh" else " "
    plain = joint.join(SENTENCE[corpus.language])
    for number in range(4):
        spelled = corpus.spelling(SENTENCE[corpus.language], number)
        normal = normalize(spelled, SHIPPED[corpus.language], "strict")
        assert normal == normalize(plain, SHIPPED[corpus.language], "strict")


def overlap(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return max(a[0], b[0]) < min(a[1], b[1])


@pytest.mark.parametrize(("one", "other"), list(combinations(PAPER, 2)))
def test_no_channel_or_tempo_gives_a_language_away(one: str, other: str) -> None:
    pairs = [(a, b) for a in MINI12 for b in MINI12 if (a.language, b.language) == (one, other)]
    assert any(overlap(a.rate, b.rate) for a, b in pairs)
    for name in ("cutoff", "snr", "gain"):
        assert any(overlap(getattr(a.channel, name), getattr(b.channel, name)) for a, b in pairs)


def test_the_base_hears_english_and_mandarin_a_little_malay_and_silence() -> None:
    heard = {
        language: sum(c.sizes["train"] for c in BASE if c.language == language)
        for language in PAPER
    }
    assert heard["ta"] == 0 and 0 < heard["ms"] < 0.1 * min(heard["en"], heard["zh"])
    assert all(0 < corpus.silence < 0.1 for corpus in BASE)
