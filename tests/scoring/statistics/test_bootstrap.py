import numpy as np
import pytest
from simulated import named

from plion.scoring.statistics.bootstrap import Sample, grouped, influence
from plion.scoring.statistics.resampled import resample
from plion.scoring.statistics.resampling import draws
from plion.scoring.statistics.resampling.clusters import Clusters, clusters

ONE = np.ones((1, 1))  # a single system


def sample(key="a", utterances=200, systems=1, seed=0, clusters=None, corpus=""):
    rng = np.random.default_rng(seed)
    errors = rng.poisson(2, size=(systems, utterances))
    return Sample(key, errors, rng.integers(5, 15, size=utterances), clusters, corpus)


def drawn(samples, replicates=1000):
    found = resample(samples, replicates)
    return found.drawn(np.eye(found.rates.shape[1]))


def test_rates_pool_errors_over_tokens():
    one = Sample("a", np.array([[1, 2], [0, 6]]), np.array([4, 8]))
    assert one.rates.tolist() == [25, 50]


def test_set_without_reference_tokens_has_no_rate():
    assert np.isnan(Sample("a", np.array([[1]]), np.array([0])).rates).all()


def test_replicates_are_rates_of_utterances_drawn_with_replacement():
    rates = drawn([Sample("a", np.array([[0, 4]]), np.array([4, 4]))], 4000)[:, 0, 0]
    values, counts = np.unique(rates, return_counts=True)
    assert values.tolist() == [0, 50, 100]
    assert counts / 4000 == pytest.approx([0.25, 0.5, 0.25], abs=0.03)


def test_utterances_of_a_cluster_are_drawn_together():
    own = named("speaker", np.array([0, 0, 1]), 2)
    rates = drawn([Sample("a", np.array([[0, 0, 4]]), np.array([1, 3, 4]), own)])
    assert np.unique(rates).tolist() == [0, 50, 100]


def test_systems_are_drawn_together():
    one = sample(systems=2)
    alike = Sample("a", np.vstack([one.errors[:1], one.errors[:1] + 1]), one.lengths * 0 + 10)
    rates = drawn([alike])[:, 0]
    assert rates[:, 1] - rates[:, 0] == pytest.approx(np.full(1000, 10))


def test_draws_of_a_set_do_not_depend_on_its_neighbours():
    alone, beside = drawn([sample("a")]), drawn([sample("b", seed=1), sample("a")])
    assert np.array_equal(alone[:, 0], beside[:, 1])


def test_sets_of_one_size_are_drawn_apart():
    rates = drawn([sample("a"), sample("b")])
    assert not np.array_equal(rates[:, 0], rates[:, 1])


def test_result_does_not_depend_on_how_much_is_held_at_a_time(monkeypatch):
    whole = drawn([sample()], 50)
    monkeypatch.setattr(draws, "CELLS", 200 * 7)
    draws.drawn.cache_clear()
    assert np.array_equal(whole, drawn([sample()], 50))


def read(key, sentences, corpus, kind="sentence"):
    names, codes = np.unique(sentences, return_inverse=True)
    clusters = Clusters(kind, codes, tuple(names.tolist()))
    errors = np.array([[int(name) for name in sentences]])
    return Sample(key, errors, np.full(len(sentences), 10), clusters, corpus)


def test_sets_of_a_corpus_that_share_sentences_are_drawn_together():
    both = [read("a", ["1", "2", "3"], "fleurs"), read("b", ["3", "1", "2"], "fleurs")]
    rates = drawn(both)
    assert np.array_equal(rates[:, 0], rates[:, 1])


def test_sentence_that_only_one_of_the_sets_has_counts_in_that_one():
    both = [read("a", ["1", "2"], "fleurs"), read("b", ["1", "2", "9"], "fleurs")]
    [group] = grouped(both)
    assert group.factors[0].present.tolist() == [[True, True, False], [True, True, True]]


@pytest.mark.parametrize(
    "other",
    [
        read("b", ["1", "2", "3"], "another"),
        read("b", ["4", "5", "6"], "fleurs"),
        read("b", ["1", "2", "3"], "fleurs", "utterance"),
    ],
)
def test_sets_that_share_nothing_are_drawn_apart(other):
    groups = grouped([read("a", ["1", "2", "3"], "fleurs"), other])
    assert [group.places for group in groups] == [(0,), (1,)]


def test_influence_is_the_difference_that_leaving_a_cluster_out_makes():
    one, codes = sample(utterances=9, systems=2), np.arange(9) % 3
    found = influence(one, codes, 3)
    for cluster in range(3):
        left = codes != cluster
        without = 100 * one.errors[:, left].sum(axis=1) / one.lengths[left].sum()
        assert found[:, cluster] == pytest.approx(one.rates - without)


def test_cluster_that_is_all_there_is_has_no_influence():
    one = Sample("a", np.array([[1, 2]]), np.array([5, 0]))
    assert influence(one, np.array([0, 1]), 2)[0, 0] == 0


def test_variance_of_unblocked_utterances_is_what_theory_says():
    one = sample(utterances=400)
    residuals = one.errors[0] - one.lengths * one.errors.sum() / one.lengths.sum()
    expected = ((100 * residuals / one.lengths.sum()) ** 2).sum()
    [group] = grouped([one])
    variance, number = group.variance(np.ones(1), ONE)
    assert (variance, number) == (pytest.approx(expected, rel=0.02), 400)


def test_variance_of_one_cluster_is_not_known():
    one = Sample("a", np.array([[1]]), np.array([4]))
    [group] = grouped([one])
    assert np.isnan(group.variance(np.ones(1), ONE)[0])


def two_way(speakers, sentences):
    clusters = named("speaker", np.array(speakers), max(speakers) + 1)
    read = named("sentence", np.array(sentences), max(sentences) + 1)
    rng = np.random.default_rng(0)
    errors = rng.poisson(2, size=(1, len(speakers)))
    crossed = Clusters(clusters.kind, clusters.codes, clusters.names, read)
    return Sample("a", errors, np.full(len(speakers), 10), crossed)


def test_crossed_clusters_have_the_variance_of_both_less_what_both_count():
    one = two_way([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1])
    [group] = grouped([one])
    parts = [factor.variance(np.ones(1), ONE)[0] for factor in group.factors]
    expected = max(parts[0] + parts[1] - parts[2], parts[0], parts[1])
    assert group.variance(np.ones(1), ONE) == (pytest.approx(expected), 2)


def test_sentences_that_never_recur_add_nothing():
    one = two_way([0, 0, 1, 1, 2, 2], [0, 1, 2, 3, 4, 5])
    [group] = grouped([one])
    by_speaker = group.factors[0].variance(np.ones(1), ONE)[0]
    by_utterance = group.factors[2].variance(np.ones(1), ONE)[0]
    assert group.variance(np.ones(1), ONE)[0] == pytest.approx(max(by_speaker, by_utterance))


def test_reading_that_occurs_several_times_is_counted_once_by_both():
    one = two_way([0, 0, 0, 1, 1, 2, 2, 2], [0, 0, 1, 0, 1, 1, 1, 0])
    [group] = grouped([one])
    pairs = np.array([0, 0, 1, 2, 3, 4, 4, 5])  # of a speaker and a sentence
    expected = 5 / 6 * (influence(one, pairs, 6)[0] ** 2).sum()
    assert group.factors[2].variance(np.ones(1), ONE) == (pytest.approx(expected), 6)


def test_readings_of_two_sets_are_the_same_where_both_clusters_are():
    both = []
    for key, speakers in (("a", "xyxy"), ("b", "yxyx")):
        known = clusters([None] * 4, list(speakers), ["1", "1", "2", "2"])
        both.append(Sample(key, np.array([[1, 2, 3, 4]]), np.full(4, 5), known, "one"))
    [group] = grouped(both)
    assert [factor.present.shape[1] for factor in group.factors] == [2, 2, 4]


def test_sets_of_one_corpus_that_share_nothing_have_draws_of_their_own():
    same = [sample(key, utterances=100, seed=3, corpus="commonvoice") for key in ("zh", "ta")]
    rates = drawn(same, 4000)[:, :, 0]
    assert abs(np.corrcoef(rates.T)[0, 1]) < 0.05


def test_sets_that_a_third_bridges_are_drawn_together():
    sets = [("a", ["1", "2"]), ("b", ["3", "4"]), ("c", ["2", "3"])]
    found = grouped([read(key, sentences, "fleurs") for key, sentences in sets])
    assert [group.places for group in found] == [(0, 1, 2)]


def test_utterances_of_which_nothing_is_known_are_shared_by_no_two_sets():
    known = clusters([None] * 3, ["a", "b", None], [None] * 3)
    both = [Sample(key, np.ones((1, 3), int), np.full(3, 9), known, "one") for key in "xy"]
    [group] = grouped(both)
    assert sorted(group.factors[0].present.sum(axis=0)) == [1, 1, 2, 2]
    alone = clusters([None] * 3, ["a", "a", None], [None] * 3)
    other = clusters([None] * 3, ["b", "b", None], [None] * 3)
    apart = [
        Sample(key, np.ones((1, 3), int), np.full(3, 9), one, "one")
        for key, one in (("x", alone), ("y", other))
    ]
    assert len(grouped(apart)) == 2


def test_set_that_is_not_crossed_leaves_the_variance_of_one_that_is():
    read = list("1122")
    known = {
        "a": clusters([None] * 4, [None] * 4, read),
        "b": clusters([None] * 4, list("xyxy"), read),
    }
    errors = np.array([[1, 2, 3, 5]])
    both = [Sample(key, errors, np.full(4, 9), one, "one") for key, one in known.items()]
    [group] = grouped(both)
    for place, one in enumerate(both):
        [alone] = grouped([one])
        expected, clusters_of_one = alone.variance(np.ones(1), ONE)
        found, clusters_of_both = group.variance(np.eye(2)[place], ONE)
        assert found == pytest.approx(expected) and clusters_of_one == clusters_of_both
