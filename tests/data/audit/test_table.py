"""The audit as printed: facts, oddities with a count and three examples, in 120 columns."""

from typing import Any

from handmade import Corpora

from plion.data.audit.audit import Audit
from plion.data.audit.facts import Facts
from plion.data.audit.findings import findings
from plion.data.audit.table import render_audit


def facts(audit: Audit, part: str = "train") -> Facts:
    (found,) = [facts for facts in audit.facts if facts.part == part]
    return found


def test_a_part_is_counted(corpora: Corpora) -> None:
    rows = [{"speaker": "ann"}, {"speaker": "ben"}, {"text": "x"}, {"text": "X"}]
    corpora.part("nsc", "train", [{**row, "duration": 900.0} for row in rows])
    found = facts(corpora.audit())
    assert (found.utterances, found.hours, found.speakers, found.unnamed) == (4, 1.0, 2, 2)
    assert found.sentences == 3


def test_a_length_and_a_speed_that_are_far_off_are_named(corpora: Corpora) -> None:
    rows: list[dict[str, Any]] = [
        {"text": "twelve letters and more", "duration": 2.0 + 0.01 * n} for n in range(24)
    ]
    rows[4]["duration"] = 60.0
    rows[9]["text"] = "a"
    corpora.part("nsc", "train", rows)
    found = facts(corpora.audit())
    assert found.length.examples == ["train-4 (60.0 s)"]
    assert set(found.speed.ids) == {"train-4", "train-9"}


def test_odd_texts_are_counted_with_three_examples_and_their_characters(corpora: Corpora) -> None:
    corpora.part("nsc", "train", [{"text": "the cаt"}] * 5 + [{"text": "."}, {"text": "room 7"}])
    corpora.part("nsc", "test", [{"text": "дом"}])
    assert list(findings(corpora.audit())) == [
        "nsc: references without a word: train 1; e.g. train-5",
        "nsc: references with digits: train 1; e.g. train-6",
        "nsc: references with letters of another script: test 1, train 5 "
        "(а U+0430 x 5, д U+0434 x 1, о U+043E x 1, м U+043C x 1); e.g. test-0, train-0, train-1",
    ]


def test_special_tokens_in_texts_are_named(corpora: Corpora) -> None:
    corpora.part("nsc", "train", [{"text": "a <|im_end|> b"}, {}, {"text": "c <|audio_pad|>"}])
    assert list(findings(corpora.audit())) == [
        "nsc: references with text that looks like a special token: train 2; "
        "e.g. train-0 (<|im_end|>), train-2 (<|audio_pad|>)",
    ]


def test_the_official_recipes_tags_are_named_and_not_judged(corpora: Corpora) -> None:
    rows = [{"text": "language English<asr_text>two"}, {"text": "Two", "content": b"x"}]
    corpora.part("nsc", "train", rows)
    audited = corpora.audit()
    assert facts(audited).sentences == 1
    assert list(findings(audited)) == [
        "nsc: texts with the official recipe's tag, which is removed: train 1; "
        "e.g. train-0 (English)",
    ]


def test_what_is_shared_is_one_line_a_kind(corpora: Corpora) -> None:
    corpora.part("nsc", "train", [{"speaker": "ann", "text": "words", "content": b"same"}])
    corpora.part("nsc", "test", [{"speaker": "ann", "text": "Words.", "content": b"same"}, {}])
    corpora.part("nsc", "valid", [{"speaker": "ann"}, {"speaker": "ben"}])
    assert list(findings(corpora.audit())) == [
        "nsc: speakers that are also in train: all 1 of test (1 of 2 utterances), "
        "1 of 2 of valid (1 of 2 utterances)",
        "nsc: sentences that are also in train: 1 of 2 utterances of test",
        "nsc: recordings that are also in train: 1 of 2 utterances of test",
        "nsc: no speaker in 1 of 2 utterances of test",
    ]


def test_copies_within_a_part_and_between_corpora_are_told(corpora: Corpora) -> None:
    corpora.part("nsc", "train", [{"content": b"same"}, {}, {"content": b"same"}])
    corpora.part("slr65", "train", [{"content": b"same", "text": "வீடு"}])
    assert list(findings(corpora.audit())) == [
        "nsc: recordings that occur again in the same part: train 2; e.g. train-0 = train-2",
        "nsc and slr65 have 1 recordings in common",
    ]


def test_test_without_train_is_told(corpora: Corpora) -> None:
    corpora.part("nsc", "test", [{}])
    assert list(findings(corpora.audit())) == [
        "nsc: test utterances have no class, since the train manifest was not given"
    ]


def test_missing_audio_is_told(corpora: Corpora) -> None:
    corpora.part("nsc", "train", [{"content": None}, {}])
    (line,) = findings(corpora.audit())
    assert line.startswith("1 utterances have no audio file and were not compared")


def test_the_tables_fit_into_120_columns_at_the_papers_sizes(corpora: Corpora) -> None:
    long = [{"speaker": f"{n:064x}", "text": "வீடு а ok 1", "duration": 36e3} for n in range(2000)]
    corpora.part("slr127", "train", long)
    corpora.part("slr127", "test", long)
    printed = render_audit(corpora.audit()).splitlines()
    assert max(map(len, printed)) <= 120
    (row,) = [line.split() for line in printed if line.startswith("slr127  test")]
    assert row[:6] == ["slr127", "test", "2,000", "20000.00", "2,000", "1"]
    (row,) = [line.split() for line in printed if "of 2,000  " in line]
    assert row[-4:] == ["-", "-", "-", "2,000"]


def test_a_clean_corpus_has_no_findings(corpora: Corpora) -> None:
    corpora.part("nsc", "train", [{"speaker": "ann"}])
    corpora.part("nsc", "test", [{"speaker": "ben"}])
    assert render_audit(corpora.audit()).endswith("nothing shared and nothing odd was found")
