"""What each language weighs in the loss of a planned run."""

import pytest
from tiny import Tiny

from plion.planning.planned_run import mixture_plan, plan_samplers
from plion.planning.tables.first_pass import render_compared
from plion.planning.tables.loss_weights import language_weights, weights_line, weights_table
from plion.planning.tables.totals import summary


@pytest.fixture
def planned(tiny: Tiny, tmp_path):
    return lambda *settings: mixture_plan(tiny.experiment(tmp_path, *settings))


def test_weights_are_shares_of_the_supervised_tokens_of_the_whole_run(planned):
    run = planned("sampler.name=balanced")
    tokens = dict.fromkeys(run.languages, 0)
    sets = {one.key: one for one in run.train_sets}
    starts = dict(zip(sets, run.stream.offsets, strict=False))
    for number in run.plan.numbers:
        one = run.utterances[int(number)]
        tokens[one.language] += sets[one.dataset].tokens[number - starts[one.dataset]]
    total = sum(tokens.values())
    assert total == run.plan.totals.supervised_tokens
    weights = language_weights(run)
    assert weights == pytest.approx({key: 100 * own / total for key, own in tokens.items()})


def test_a_supervised_tag_moves_weight_between_languages(planned):
    with_tag, without = (
        language_weights(planned(f"tag.train={policy}")) for policy in ("predict", "absent")
    )
    assert [sum(with_tag.values()), sum(without.values())] == pytest.approx([100, 100])
    assert max(abs(with_tag[key] - without[key]) for key in with_tag) > 1


def test_a_plan_says_what_languages_weigh_where_tokens_are_counted(planned, exp):
    run = planned()
    assert f"which weight the loss: {weights_line(language_weights(run))}\n" in summary(run)
    assert language_weights(mixture_plan(exp, "paper")) == {}
    assert "supervised tokens, by" not in summary(mixture_plan(exp, "paper"))


def test_samplers_side_by_side_have_their_weights(tiny: Tiny, tmp_path):
    runs = plan_samplers(tiny.experiment(tmp_path), "proportional,balanced")
    weights = {run.exp.sampler.name: language_weights(run) for run in runs}
    assert render_compared(runs).endswith(f"\n\n{weights_table(weights, 'sampler')}\n")


def test_a_language_that_a_run_has_not_is_empty_in_the_table():
    text = weights_table({"a": {"en": 75.0, "ta": 25.0}, "b": {"ta": 100.0}}, "run")
    title, header, _, *rows = text.splitlines()
    assert title == "share of the supervised tokens, in percent"
    assert header.split() == ["run", "en", "ta"]
    assert [row.split() for row in rows] == [["a", "75.0", "25.0"], ["b", "100.0"]]
    assert weights_table({"a": {}}, "run") == ""
