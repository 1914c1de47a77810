"""The run that an experiment announces, and the runs that it is compared with."""

import numpy as np
import pytest
from tiny import Tiny

from plion.errors import InputError
from plion.planning.passes import by_language, summed
from plion.planning.planned_run import language_of, mixture_plan, plan_samplers
from plion.planning.step_mix import step_mix
from plion.sampling.policies import POLICIES


def shares(planned):
    """By language, in percent of the first pass."""
    rows = by_language(planned.first_pass)
    return {key: summed(own, key).share for key, own in rows.items()}


def test_tokens_cannot_be_held_without_texts(exp):
    exp.hold.quantity = "supervised_tokens"
    with pytest.raises(InputError, match="supervised_tokens"):
        mixture_plan(exp, "paper")


def test_the_parameters_of_the_chosen_policy_are_used(exp):
    exp.sampler.name, exp.sampler.temperature.T = "temperature", 1e6
    assert shares(mixture_plan(exp, "paper"))["ms"] == pytest.approx(25, abs=0.01)


def test_fixed_weights_are_the_shares(exp):
    exp.sampler.name = "fixed"
    exp.sampler.fixed.weights = {"en": 1, "zh": 2, "ta": 0, "mesolitica": 3, "fleurs_ms": 4}
    planned = mixture_plan(exp, "paper")
    assert shares(planned) == pytest.approx({"en": 10, "zh": 20, "ta": 0, "ms": 70}, abs=0.01)


@pytest.mark.parametrize("unit", ["utterances", "hours"])
def test_shares_are_of_the_unit(exp, unit):
    exp.sampler.name, exp.sampler.unit = "uniform", unit
    column = {"utterances": "share", "hours": "share_hours"}[unit]
    found = [getattr(row, column) for row in mixture_plan(exp, "paper").first_pass]
    assert found == pytest.approx([100 / 12] * 12, abs=0.02)


def test_no_corpus_is_repeated_above_the_cap(exp):
    uncapped = max(row.repeats for row in mixture_plan(exp, "paper").first_pass)
    exp.sampler.max_repeats = 5
    capped = max(row.repeats for row in mixture_plan(exp, "paper").first_pass)
    assert uncapped > 20 and capped == pytest.approx(5, abs=1e-3)


def test_the_seed_changes_the_draw(exp):
    first = mixture_plan(exp, "paper").plan.numbers
    exp.seed = 1
    second = mixture_plan(exp, "paper").plan.numbers
    assert not np.array_equal(first[:1000], second[:1000])


def test_everything_that_makes_the_stream_is_passed_on(exp):
    exp.sampler.redraw, exp.sampler.allocation, exp.seed = "continue", "algorithm1", 5
    planned = mixture_plan(exp, "paper")
    stream, copies = planned.stream, planned.plan.draws[0].copies
    assert (stream.redraw, stream.allocation, stream.seed) == ("continue", "algorithm1", 5)
    assert copies is not None and (copies[-1].first, copies[-1].second) == (7, 7)


def test_a_schedule_moves_the_shares_from_pass_to_pass(exp):
    exp.sampler.name, exp.sampler.temperature.T = "temperature", 10.0
    exp.sampler.schedule.parameter, exp.hold.amount = "T", 3000.0
    draws = mixture_plan(exp, "paper").plan.draws
    malay = [sum(one.counts[-2:]) / sum(one.counts) for one in draws]
    assert len(malay) > 3 and malay == sorted(malay, reverse=True)
    assert malay[0] > 0.2 and malay[-1] < 0.15


def test_a_schedule_stands_still_before_it_begins_and_after_it_ends(exp):
    exp.sampler.name, exp.sampler.schedule.parameter = "temperature", "T"
    exp.sampler.schedule.begin, exp.sampler.schedule.end = 0.4, 0.5
    exp.hold.amount = 3000.0
    draws = mixture_plan(exp, "paper").plan.draws
    assert len(draws) == 4
    assert draws[0] == draws[1] != draws[2] == draws[3]
    assert draws[-1].counts == tuple(len(one.rows) for one in mixture_plan(exp, "paper").train_sets)


def test_stratified_batches_are_the_same_in_an_order_that_mixes_languages(exp):
    exp.batch.per_step, exp.batch.window = 8, 20_000

    def planned(mix):
        exp.batch.mix = mix
        return mixture_plan(exp, "paper")

    window, stratified = planned("window"), planned("stratified")
    groups = language_of(window.train_sets)
    mixes = [step_mix(one.plan, groups, len(one.languages)) for one in (window, stratified)]
    assert mixes[1].entropy > mixes[0].entropy
    assert mixes[1].missing <= mixes[0].missing


def test_batches_have_room_for_the_slowest_speed(exp):
    plain = mixture_plan(exp, "paper").plan
    exp.data.augment.speed = [0.8, 1.0]
    slower = mixture_plan(exp, "paper").plan
    assert slower.totals.audio_hours == pytest.approx(plain.totals.audio_hours, rel=0.01)
    assert slower.padded.sum() / plain.padded.sum() == pytest.approx(1 / 0.8, rel=0.05)


def test_compared_runs_differ_in_the_sampler_alone(exp):
    own, other = plan_samplers(exp, "balanced, uniform", "paper")
    np.testing.assert_array_equal(own.plan.numbers, mixture_plan(exp, "paper").plan.numbers)
    assert (own.exp.sampler.name, other.exp.sampler.name) == ("balanced", "uniform")
    assert own.exp == exp
    other.exp.sampler.name = "balanced"
    assert other.exp == exp


def test_all_are_those_that_need_no_weights_and_fixed_where_it_has_them(tiny: Tiny, tmp_path):
    def names(*overrides):
        runs = plan_samplers(tiny.experiment(tmp_path, *overrides), "all")
        return [run.exp.sampler.name for run in runs]

    assert names() == [name for name in POLICIES if name not in ("fixed", "replay")]
    complete = [name for name in POLICIES if name != "replay"]
    assert names("sampler.fixed.weights={en: 1, zh: 1, ta: 2}") == complete


def test_a_sampler_named_twice_is_compared_once(tiny: Tiny, tmp_path):
    assert len(plan_samplers(tiny.experiment(tmp_path), "uniform,uniform")) == 1


def test_a_schedule_belongs_to_the_experiments_own_sampler(exp):
    exp.sampler.name, exp.sampler.schedule.parameter = "temperature", "T"
    exp.hold.amount = 1600.0
    own, other = plan_samplers(exp, "temperature,two_level", "paper")
    assert own.plan.draws[0] != own.plan.draws[1]
    assert other.plan.draws[0] == other.plan.draws[1]


def test_no_sampler_at_all_is_not_compared(exp):
    with pytest.raises(InputError, match="--compare: unknown sampler ''"):
        plan_samplers(exp, "", "paper")


def test_an_unknown_sampler_is_not_compared(exp):
    with pytest.raises(InputError, match="--compare: unknown sampler 'balancd' .*'balanced'"):
        plan_samplers(exp, "uniform,balancd", "paper")
