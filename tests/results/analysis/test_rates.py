import json

import pytest
from annotated import known
from seeded import seeded

from plion.results.analysis.rates import language_rates, run_rates
from plion.results.reading.collect import read_studies
from plion.results.reading.study import Study


def only_run(folder):
    """A study of one run, and the run."""
    [study] = read_studies([folder])
    return study, study.runs[0]


def varied(key, number):
    return (number + len(key)) % 4


def by_language(key, number):
    return {"slr65": 5, "slr127": 5, "fleurs_ms": 1}.get(key, 0)


def test_macro_is_that_of_metrics_json(runs):
    folder = runs.write("a", varied)
    expected = json.loads((folder / "metrics.json").read_text())["macro_average"]
    assert run_rates(*only_run(folder))["macro"].value == pytest.approx(expected)


def test_language_mean_and_worst_language(runs):
    made = run_rates(*only_run(runs.write("a", by_language)))
    assert made["macro"].value == pytest.approx(220 / 12)
    assert made["language_mean"].value == pytest.approx((0 + 0 + 50 + 10) / 4)
    assert (made["worst_language"].language, made["worst_language"].value) == ("ta", 50)


def test_every_figure_lies_in_its_interval(runs):
    made = run_rates(*only_run(runs.write("a", varied)))
    assert all(rate.low <= rate.value <= rate.high for rate in made.values() if not rate.picked)
    assert made["nsc"].low < made["nsc"].high


def test_average_is_surer_than_one_benchmark(runs):
    made = run_rates(*only_run(runs.write("a", varied)))
    width = {name: rate.high - rate.low for name, rate in made.items()}
    assert width["macro"] < width["nsc"] / 2


def test_run_without_scores_has_no_figures(runs):
    assert run_rates(*only_run(runs.record("a", status="failed"))) == {}


def test_language_has_the_interval_of_its_sets_alone(runs):
    run = only_run(runs.write("a", lambda key, number: number % 2 if key == "slr65" else 0))
    made = language_rates(*run)
    assert made["ta"].value == pytest.approx(2.5)
    assert made["ta"].low < 2.5 < made["ta"].high
    assert not made["en"].known and made["en"].alike


def test_what_is_picked_by_the_rates_has_no_interval(runs):
    runs.keys = ["nsc", "slr65"]
    run = only_run(runs.write("a", lambda key, number: number % 2 + 2 * (key == "slr65")))
    made = language_rates(*run)
    assert made["spread"].value == pytest.approx(made["ta"].value - made["en"].value) == 40
    assert made["en"].known and made["ta"].known and not made["spread"].known
    assert not run_rates(*run)["worst_language"].known


def test_one_language_has_no_spread(runs):
    runs.keys = ["nsc"]
    assert list(language_rates(*only_run(runs.write("a", 1)))) == ["en"]


def test_intervals_are_over_speakers_where_they_are_known(runs):
    runs.utterances = 40
    folder = runs.write("a", lambda key, number: 4 * (number // 10 % 2))
    alone = run_rates(*only_run(folder))["nsc"]
    spoken = run_rates(*only_run(known(folder, speaker=lambda n: f"s{n // 10}")))["nsc"]
    assert (alone.few, spoken.few) == (False, True)
    assert spoken.high - spoken.low > 2 * (alone.high - alone.low)


def test_sentences_that_the_sets_of_a_corpus_share_widen_their_average(runs):
    runs.keys, runs.utterances = ["fleurs_zh", "fleurs_ta", "fleurs_ms"], 40
    folder = known(runs.write("a", lambda key, number: number % 4), sentence=str)
    shared = run_rates(*only_run(folder))
    assert shared["macro"].high - shared["macro"].low == pytest.approx(
        shared["fleurs_ta"].high - shared["fleurs_ta"].low, rel=0.05
    )


def test_intervals_of_one_seed_are_over_test_utterances(runs):
    study = seeded(runs, 1)
    base, run, _ = (run_rates(study, run)["macro"] for run in study.runs)
    assert (base.over, run.over) == ("test utterances", "test utterances, one seed")


def test_intervals_of_several_seeds_hold_what_they_differ_by(runs):
    study = seeded(runs)
    base, run, *_ = study.runs
    made, alone = run_rates(study, run)["macro"], run_rates(Study("", "", (run,)), run)["macro"]
    assert made.over == "seeds and test utterances"
    assert made.high - made.low > 1.2 * (alone.high - alone.low)
    assert language_rates(study, run)["ta"].over == "seeds and test utterances"
    assert run_rates(study, base)["macro"].over == "test utterances"
