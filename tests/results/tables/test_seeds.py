"""What is shown of seeds."""

from plion.results.reading.collect import read_studies
from plion.results.tables.seeds import seeds_table

AXES = {"sampler": ["proportional", "balanced"]}


def test_cells_have_mean_and_spread_over_seeds(runs):
    for name, errors in {"p0": 1, "p1": 3, "b0": 2}.items():
        runs.write(name, errors)
    cells = {
        "p0": {"sampler": "proportional"},
        "p1": {"sampler": "proportional"},
        "b0": {"sampler": "balanced"},
    }
    folder = runs.ablation(AXES, cells, seeds={"p0": 0, "p1": 1, "b0": 0}, base=None)
    table = seeds_table(read_studies([folder])[0])
    assert table.header == ["cell", "seeds", *runs.keys, "macro", "n"]
    assert table.rows == [["proportional", "2", *["40.00 ± 28.28"] * 13, "12/12"]]


def test_average_over_seeds_is_over_the_sets_that_all_have(runs):
    runs.write("p0", lambda key, number: 1 if key == "nsc" else 5)
    runs.keys = ["nsc"]
    runs.write("p1", 3)
    cells = {name: {"sampler": "proportional"} for name in ("p0", "p1")}
    [study] = read_studies([runs.ablation(AXES, cells, seeds={"p0": 0, "p1": 1}, base=None)])
    [row] = seeds_table(study).rows
    assert row[-2:] == ["40.00 ± 28.28", "1/12"]


def test_with_one_seed_there_is_no_spread(grid):
    assert seeds_table(read_studies([grid])[0]).rows == []
