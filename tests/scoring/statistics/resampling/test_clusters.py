import pytest

from plion.scoring.statistics.resampling.clusters import clusters, corpus, single


def grouped(found):
    return [found.names[code] for code in found.codes]


def test_speakers_are_clusters():
    found = clusters(["s1", "s2", "s1"], ["s1", "s2", "s1"], [None] * 3)
    assert (found.kind, grouped(found)) == ("speaker", ["speaker s1", "speaker s2", "speaker s1"])
    assert found.described == "2 speakers"


def test_sentences_are_clusters_where_speakers_are_not_known():
    found = clusters(["7", "7", "9"], [None] * 3, ["7", "7", "9"])
    assert (found.kind, found.crossed) == ("sentence", None)
    assert grouped(found) == ["sentence 7", "sentence 7", "sentence 9"]


def test_without_either_every_utterance_is_a_cluster():
    found = clusters([None] * 3, [None] * 3, [None] * 3)
    assert (found.kind, found.described) == ("utterance", "3 utterances")


def test_block_as_given_wins():
    found = clusters(["chapter 1", "chapter 1", "chapter 2"], ["a", "b", "c"], [None] * 3)
    assert found.described == "2 blocks"


def test_speaker_does_where_no_block_is_given():
    assert clusters([None] * 2, ["a", "b"], ["x", "y"]).kind == "speaker"


def test_utterance_of_an_unknown_speaker_is_a_cluster_of_its_own():
    found = clusters([None] * 4, ["a", "a", None, None], [None] * 4)
    assert (found.kind, len(found.names)) == ("speaker or utterance", 3)


def test_sentences_that_recur_from_speaker_to_speaker_cross_the_clusters():
    found = clusters([None] * 4, ["a", "a", "b", "b"], ["x", "y", "x", "z"])
    assert found.crossed is not None
    assert grouped(found.crossed) == ["sentence x", "sentence y", "sentence x", "sentence z"]
    assert found.described == "2 speakers x 3 sentences"


@pytest.mark.parametrize("sentences", [["x", "x", "y", "z"], ["x", "y", "z", "u"]])
def test_sentences_that_recur_with_one_speaker_only_are_in_his_cluster(sentences):
    assert clusters([None] * 4, ["a", "a", "b", "b"], sentences).crossed is None


def test_one_speaker_alone_cannot_be_resampled():
    assert clusters([None] * 3, ["a"] * 3, [None] * 3).kind == "utterance"


@pytest.mark.parametrize("given", [None, "session"])
def test_sentences_of_one_speaker_alone_are_clusters(given):
    found = clusters([given] * 4, ["a"] * 4, ["x", "x", "y", "z"])
    assert (found.described, found.crossed) == ("3 sentences", None)


def test_one_sentence_said_by_one_speaker_cannot_be_resampled():
    assert clusters([None] * 3, ["a"] * 3, ["x"] * 3).kind == "utterance"


def test_speaker_and_sentence_of_one_name_are_two_clusters():
    found = clusters([None] * 3, ["7", None, "8"], [None, "7", None])
    assert grouped(found) == ["speaker 7", "sentence 7", "speaker 8"]


def test_one_sentence_read_by_all_does_not_cross():
    assert clusters([None] * 3, ["a", "b", "c"], ["x"] * 3).crossed is None


def test_single_utterances_of_two_sets_have_different_names():
    assert not set(single(2, "a").names) & set(single(2, "b").names)


def test_sets_of_one_corpus_differ_in_the_language_alone():
    assert corpus("fleurs_ta", "ta") == corpus("fleurs_ms", "ms") == "fleurs"
    assert corpus("slr65", "ta") == "slr65"
