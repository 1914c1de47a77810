import json

import pytest

from plion.studies.collect import read_studies
from plion.studies.figures import capped_character_rate, figures


def only_run(folder):
    [study] = read_studies([folder])
    return study.runs[0]


def varied(key, number):
    return (number + len(key)) % 4


def by_language(key, number):
    return {"slr65": 5, "slr127": 5, "fleurs_ms": 1}.get(key, 0)


def test_macro_is_that_of_metrics_json(runs):
    folder = runs.write("a", varied)
    expected = json.loads((folder / "metrics.json").read_text())["macro_average"]
    assert figures(only_run(folder))["macro"].rate == pytest.approx(expected)


def test_language_mean_and_worst_language(runs):
    made = figures(only_run(runs.write("a", by_language)))
    assert made["macro"].rate == pytest.approx(220 / 12)
    assert made["language_mean"].rate == pytest.approx((0 + 0 + 50 + 10) / 4)
    assert (made["worst_language"].language, made["worst_language"].rate) == ("ta", 50)


def test_every_figure_lies_in_its_interval(runs):
    made = figures(only_run(runs.write("a", varied)))
    assert all(figure.low <= figure.rate <= figure.high for figure in made.values())
    assert made["nsc"].low < made["nsc"].high


def test_average_is_surer_than_one_benchmark(runs):
    made = figures(only_run(runs.write("a", varied)))
    width = {name: figure.high - figure.low for name, figure in made.items()}
    assert width["macro"] < width["nsc"] / 2


def test_run_without_scores_has_no_figures(runs):
    assert figures(only_run(runs.record("a", status="failed"))) == {}


def test_capped_character_rate_is_the_mean_over_tamil_and_malay_sets(runs):
    runs.keys = ["nsc", "slr65", "fleurs_ms"]
    # Tamil: all five words replaced and 40 more, so every character is missed. Malay: none.
    run = only_run(runs.write("a", lambda key, number: {"slr65": 45, "nsc": 5}.get(key, 0)))
    assert capped_character_rate(run) == pytest.approx(50)


def test_capped_character_rate_needs_a_tamil_or_malay_set(runs):
    runs.keys = ["nsc", "aishell1"]
    assert capped_character_rate(only_run(runs.write("a", 3))) is None
