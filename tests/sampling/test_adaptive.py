"""Mixtures that differ from pass to pass: how losses move them, and how a record repeats them."""

import math

import pytest

from plion.errors import InputError
from plion.sampling.adaptive import Adaptive, Replay
from plion.sampling.mixture import Statistics, mix
from plion.sampling.policies import Proportional
from plion.sampling.policy import Corpus

CORPORA = [Corpus("nsc", "en", 600), Corpus("slr65", "ta", 100), Corpus("fleurs_ta", "ta", 300)]
BASE = {"en": 1.0, "ta": 3.0}


def decided(policy, *losses):
    """The decisions on passes, the first from the base's losses."""
    first, *later = losses
    decisions = [policy.first(CORPORA)]
    decisions = [type(decisions[0])(0, first, decisions[0].weights, decisions[0].shares)]
    for number, own in enumerate(later, 1):
        decisions.append(policy.next(decisions, own, CORPORA, step=number))
    return decisions


def test_the_first_pass_is_the_corpora_as_they_are(mini12):
    assert Adaptive().first(CORPORA).shares == pytest.approx({"en": 0.6, "ta": 0.4})
    assert mix(Adaptive(), mini12).counts == mix(Proportional(), mini12).counts


def test_a_language_gains_by_the_excess_of_its_loss_over_the_bases():
    policy = Adaptive(eta=0.5, proportional=0.1)
    *_, last = decided(policy, BASE, {"en": 0.5, "ta": 2.9}, {"en": 0.2, "ta": 2.0})
    odds = 0.6 / 0.4 * math.exp(0.5 * (-0.5 + 0.1)) * math.exp(0.5 * (-0.8 + 1.0))
    weights = {"en": odds / (1 + odds), "ta": 1 / (1 + odds)}
    assert last.weights == pytest.approx(weights)
    assert last.shares["ta"] == pytest.approx(0.9 * weights["ta"] + 0.1 * 0.4)


def test_against_zero_the_language_of_the_higher_loss_gains():
    *_, base = decided(Adaptive(0.5), BASE, {"en": 0.5, "ta": 2.0})
    *_, zero = decided(Adaptive(0.5, "zero"), BASE, {"en": 0.5, "ta": 2.0})
    assert base.shares["ta"] < 0.4 < zero.shares["ta"]


def test_losses_that_all_change_alike_and_an_eta_of_0_change_nothing():
    alike = {key: loss - 0.7 for key, loss in BASE.items()}
    for policy, losses in ((Adaptive(eta=3), alike), (Adaptive(eta=0), {"en": 0.1, "ta": 9.0})):
        *_, last = decided(policy, BASE, losses, losses)
        assert last.shares == pytest.approx({"en": 0.6, "ta": 0.4})


@pytest.mark.parametrize("proportional", [0.0, 0.1, 1.0])
def test_no_language_falls_below_its_part_of_what_stays(proportional):
    *_, last = decided(Adaptive(1e4, proportional=proportional), BASE, {"en": 90.0, "ta": 0.0})
    assert last.shares == pytest.approx(
        {"en": 1 - proportional * 0.4, "ta": proportional * 0.4}, abs=1e-12
    )


def test_a_replay_has_the_shares_of_its_row_and_corpora_in_proportion():
    policy = Replay([{"en": 1.0, "ta": 0.0}, {"en": 1.0, "ta": 3.0}], pass_size=0.5)
    assert policy.at(0).mixture(CORPORA).shares == (1.0, 0.0, 0.0)
    second = policy.at(1).mixture(CORPORA)
    assert second.shares == pytest.approx((0.25, 0.75 / 4, 0.75 * 3 / 4))
    assert second.amount == 500


def test_what_an_adaptive_run_decides_is_drawn_as_in_its_replay(mini12):
    row = {"en": 0.1, "zh": 0.2, "ta": 0.3, "ms": 0.4}
    drawn = mix(Replay([{}, row], 0.3).at(1), mini12)
    assert sum(drawn.counts) == round(0.3 * sum(one.utterances for one in mini12))


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ([], "sampler.replay.shares is empty"),
        ([{"en": 1, "tam": 1}], r"'tam', which is the language of no corpus \(did you mean 'ta'"),
        ([{"en": 1}], "no share of ta"),
    ],
)
def test_shares_that_do_not_fit_the_corpora_are_refused(shares, message):
    with pytest.raises(InputError, match=message):
        Replay(shares).mixture(CORPORA)


def test_a_run_of_more_passes_than_are_recorded_is_refused():
    policy = Replay([{"en": 1.0, "ta": 1.0}])
    with pytest.raises(InputError, match="has the shares of 1 passes, but the run draws more"):
        policy.at(1)


def test_shares_are_of_the_unit():
    corpora = [Statistics("nsc", "en", 100, 2.0), Statistics("slr65", "ta", 100, 1.0)]
    drawn = mix(Replay([{"en": 1.0, "ta": 1.0}]), corpora, "hours")
    assert drawn.counts == (75, 150)
