"""What each language weighed in training, beside every cell."""

import pytest
from printed import results

from plion.results.reading.collect import read_studies
from plion.results.tables.loss_weights import weights_table

AXES = {"sampler": ["proportional", "balanced"], "tag.train": ["none"]}


def consumed(**tokens):
    return {
        language: {"utterances": 1, "hours": 0.1, "supervised_tokens": own}
        for language, own in tokens.items()
    }


@pytest.fixture
def folder(runs):
    """Two cells of two seeds, of which the last says nothing of what it consumed."""
    runs.write("base", 5)
    cells, seeds = {}, {}
    for sampler, amounts in {
        "proportional": (consumed(ta=10, en=20), consumed(ta=20, en=40, ms=10)),
        "balanced": (consumed(zh=0, ta=50, en=50), None),
    }.items():
        for seed, own in enumerate(amounts):
            name = f"{sampler}-s{seed}"
            runs.write(name, 1, **({"consumed": own} if own else {}))
            cells[name], seeds[name] = {"sampler": sampler, "tag.train": "none"}, seed
    return runs.ablation(AXES, cells, seeds)


def test_every_trained_cell_has_its_shares_of_the_supervised_tokens(folder):
    [study] = read_studies([folder])
    table = weights_table(study)
    assert table.header == ["run", "en", "ta", "ms"]
    assert table.rows == [
        ["proportional, none", "60.0", "30.0", "10.0"],
        ["balanced, none", "50.0", "50.0", ""],
    ]


@pytest.mark.parametrize("format", ["table", "md"])
def test_results_print_the_weights(folder, format):
    text, _ = results([folder], format)
    assert "Weight of each language in training" in text


def test_runs_that_say_nothing_have_no_table(grid):
    [study] = read_studies([grid])
    assert weights_table(study).rows == []
    assert "Weight of each language" not in results([grid])[0]


def test_a_second_decoding_has_no_weights_of_its_own(runs):
    runs.write("predict", 2, consumed=consumed(ta=10, en=30))
    runs.forced("predict", 1)
    folder = runs.ablation(
        {"tag.train": ["predict"]},
        {"predict": {"tag.train": "predict"}},
        base=None,
        forced=["predict"],
    )
    [study] = read_studies([folder])
    assert [run.title for run in study.runs] == ["predict", "predict (forced)"]
    assert weights_table(study).rows == [["predict", "75.0", "25.0"]]
