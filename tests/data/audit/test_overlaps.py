"""What test shares with train, in corpora shaped as the published ones, and each one's class."""

import json
from typing import Any

from handmade import Corpora

from plion.data.audit.audit import as_json
from plion.data.audit.overlaps import Overlap


def spoken(speakers: int, utterances: int, prefix: str = "") -> list[dict[str, str]]:
    """So many utterances by so many speakers in turn."""
    return [{"speaker": f"{prefix}{number % speakers}"} for number in range(utterances)]


def overlap(corpora: Corpora, part: str = "test", seen: str = "train") -> Overlap:
    (found,) = [o for o in corpora.audit().overlaps if (o.part, o.seen) == (part, seen)]
    return found


def classes(corpora: Corpora, dataset: str) -> list[str]:
    return list(corpora.audit().classes[dataset].values())


def test_slr127_has_all_its_test_speakers_in_train(corpora: Corpora) -> None:
    corpora.part("slr127", "train", spoken(638, 1300, "MILE_"))
    corpora.part("slr127", "test", spoken(430, 900, "MILE_"))
    found = overlap(corpora)
    assert (found.speakers, found.of_speakers, found.by_speaker) == (430, 430, 900)
    assert set(classes(corpora, "slr127")) == {"speaker"}


def test_aishell3_has_some_of_its_test_speakers_in_train(corpora: Corpora) -> None:
    corpora.part("aishell3", "train", spoken(170, 400, "SSB"))
    corpora.part("aishell3", "test", spoken(170, 170, "SSB") + spoken(44, 44, "new"))
    found = overlap(corpora)
    assert (found.speakers, found.of_speakers) == (170, 214)
    assert classes(corpora, "aishell3").count("neither") == 44


def test_slr65_dealt_at_random_has_its_speakers_on_both_sides(corpora: Corpora) -> None:
    corpora.part("slr65", "train", spoken(49, 343))
    corpora.part("slr65", "valid", spoken(50, 50))
    corpora.part("slr65", "test", spoken(50, 50))
    assert overlap(corpora).speakers == overlap(corpora, "valid").speakers == 49
    assert overlap(corpora, "test", "valid").speakers == 50


def test_each_test_utterance_has_a_class(corpora: Corpora) -> None:
    corpora.part("nsc", "train", [{"speaker": "ann", "text": "The river, opens."}])
    rows = [
        {"speaker": "ben", "text": "another sentence"},
        {"speaker": "ann", "text": "another sentence"},
        {"speaker": "ben", "text": "the RIVER opens"},
        {"speaker": "ann", "text": "the river opens!"},
    ]
    corpora.part("nsc", "test", rows)
    assert corpora.audit().classes == {
        "nsc": {"test-0": "neither", "test-1": "speaker", "test-2": "sentence", "test-3": "both"}
    }
    found = overlap(corpora)
    assert (found.by_speaker, found.by_sentence) == (2, 2)


def test_mandarin_sentences_are_equal_without_regard_to_spaces(corpora: Corpora) -> None:
    corpora.part("fleurs_zh", "train", [{"text": "今 天 我们"}])
    corpora.part("fleurs_zh", "test", [{"text": "今天，我们。"}])
    assert classes(corpora, "fleurs_zh") == ["sentence"]


def test_without_speakers_the_sentence_decides(corpora: Corpora) -> None:
    corpora.part("fleurs_zh", "train", [{"text": "今天"}, {}])
    corpora.part("fleurs_zh", "test", [{"text": "今天"}, {}])
    assert overlap(corpora).speakers is None
    assert classes(corpora, "fleurs_zh") == ["sentence", "neither"]


def test_texts_without_a_word_are_not_a_common_sentence(corpora: Corpora) -> None:
    corpora.part("nsc", "train", [{"text": "..."}])
    corpora.part("nsc", "test", [{"text": "?"}])
    assert classes(corpora, "nsc") == ["neither"]


def test_a_sentence_of_any_corpus_was_seen_and_a_speaker_of_its_own(corpora: Corpora) -> None:
    corpora.part("slr127", "train", [{"speaker": "ann", "text": "வீடு"}])
    corpora.part("slr65", "train", [{"speaker": "ben"}])
    rows = [{"speaker": "ann", "text": "வீடு"}, {"speaker": "ben", "text": "வீடு!"}, {}]
    corpora.part("slr65", "test", rows)
    assert classes(corpora, "slr65") == ["sentence", "both", "neither"]
    found = overlap(corpora)
    assert (found.by_sentence, found.by_speaker) == (2, 1)


def test_another_corpus_alone_tells_no_class(corpora: Corpora) -> None:
    row = {"speaker": "ann", "text": "வீடு"}
    corpora.part("slr127", "train", [row])
    corpora.part("slr65", "test", [row])
    assert corpora.audit().classes == {} and corpora.audit().overlaps == ()


def test_audio_of_any_corpus_was_seen(corpora: Corpora) -> None:
    corpora.part("slr127", "train", [{"content": b"the same"}])
    corpora.part("slr65", "train", [{}])
    corpora.part("slr65", "test", [{}, {"content": b"the same"}])
    assert overlap(corpora).by_audio == 1


def test_dev_is_another_name_of_valid(corpora: Corpora) -> None:
    corpora.part("nsc", "train", spoken(1, 1))
    corpora.part("nsc", "dev", spoken(1, 1))
    assert overlap(corpora, "valid").speakers == 1


def test_json_has_the_classes_by_corpus_and_id(corpora: Corpora) -> None:
    corpora.part("nsc", "train", [{"speaker": "ann", "text": "a\u200bb"}])
    corpora.part("nsc", "test", [{"speaker": "ann"}])
    written: dict[str, Any] = json.loads(as_json(corpora.audit()))
    assert written["classes"] == {"nsc": {"test-0": "speaker"}}
    (unseen,) = [facts["unseen"] for facts in written["facts"] if facts["part"] == "train"]
    assert unseen["ids"] == ["train-0"] and unseen["characters"] == {"\u200b": 1}
