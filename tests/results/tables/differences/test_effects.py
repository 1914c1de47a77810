import csv
import json

import numpy as np
import pytest
from printed import results

from plion.results.reading.collect import read_studies
from plion.results.tables.differences.effects import comparison_tables, effects_table

AXES = {"sampler": ["proportional", "balanced"]}


def read(*folders):
    return read_studies(folders)


def two_samplers(runs, seeds, utterances=40):
    """Proportional and balanced under some seeds; balanced is better by half a token."""
    runs.utterances = utterances
    cells = {}
    for seed in seeds:
        runs.write(f"p{seed}", lambda key, number, seed=seed: 1 + (number + seed) % 2)
        runs.write(f"b{seed}", lambda key, number, seed=seed: (number + seed) % 3)
        cells |= {f"p{seed}": {"sampler": "proportional"}, f"b{seed}": {"sampler": "balanced"}}
    names = {name: int(name[1:]) for name in cells}
    return runs.ablation(AXES, cells, seeds=names, base=None)


def spoken_by(folder, speakers):
    """Gives the predictions of a run speakers in turn."""
    for path in (folder / "predictions").iterdir():
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        rows = [row | {"speaker": f"s{n % speakers}"} for n, row in enumerate(rows)]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def column(table, name):
    return [row[list(table.header).index(name)] for row in table.rows]


ONE_SEED = "test utterances, one seed"


def test_over_one_seed_a_difference_has_its_interval_and_no_p(runs):
    study = read(two_samplers(runs, [0]))
    for table in (
        *comparison_tables(study, "sampler", intersect=False),
        effects_table(study[0], intersect=False),
    ):
        assert table.header == [
            *["contrast", "on", "difference"],
            *[f"interval over {ONE_SEED}", f"visible over {ONE_SEED}"],
        ]
        said = " ".join(table.notes)
        assert "Differences over one seed are not established and have no p" in said
        assert "Holm" not in said and "MAPSSWE" not in said
        assert "*" not in " ".join(cell for row in table.rows for cell in row)


def test_over_several_seeds_it_has_p_and_its_correction_too(runs):
    [table] = comparison_tables(read(two_samplers(runs, range(3))), "sampler", intersect=False)
    over = "seeds and test utterances"
    assert table.header == [
        *["contrast", "on", "difference", f"interval over {over}", "p", "Holm p"],
        f"visible over {over}",
    ]
    row = table.rows[-1]
    assert row[:3] == ["balanced - proportional", "macro", "-10.00"]
    assert row[4:6] == ["<0.001", "0.003 *"]


def alike(runs, seeds=2):
    """Two samplers that chance alone tells apart."""
    runs.utterances = 40
    cells = {f"{name}{seed}": {"sampler": name} for name in "pb" for seed in range(seeds)}
    for place, name in enumerate(cells):
        drawn = np.random.default_rng(place).integers(4, size=(12, 40))
        runs.write(name, lambda key, number, d=drawn: int(d[runs.keys.index(key), number]))
    names = {name: int(name[1:]) for name in cells}
    return runs.ablation({"sampler": ["p", "b"]}, cells, names, base=None)


def test_what_does_not_survive_has_no_star(runs):
    table = effects_table(read(alike(runs))[0], intersect=False)
    corrected = column(table, "Holm p")
    assert len(corrected) == 5 and all(float(cell) > 0.05 for cell in corrected)


def test_correction_is_for_everything_that_is_shown(runs):
    study = read(two_samplers(runs, range(2)))
    [alone], twice = (
        comparison_tables(study, "sampler", intersect=False),
        comparison_tables(study * 2, "sampler", intersect=False),
    )
    assert [len(alone.rows), sum(len(table.rows) for table in twice)] == [13, 26]
    assert "for the 13 differences shown" in alone.notes[1]
    assert "for the 26 differences shown" in twice[0].notes[1]
    once, doubled = (float(column(b, "Holm p")[-1].split()[0]) for b in (alone, twice[0]))
    assert doubled == pytest.approx(2 * once, abs=0.001)


def test_effects_on_languages_are_a_family_of_their_own(runs):
    table = effects_table(read(alike(runs))[0], intersect=False)
    assert column(table, "on") == ["macro", "en", "zh", "ta", "ms"]
    plain, corrected = (list(map(float, column(table, name))) for name in ("p", "Holm p"))
    assert corrected[0] == plain[0]  # the one effect on the macro average
    assert min(corrected[1:]) == pytest.approx(min(1, 4 * min(plain[1:])), abs=0.003)
    assert (
        "Holm p: corrected for the one difference of the macro average, and apart from that for "
        "the 4 differences of languages, * at most 0.05. Simple effects (--tables simple) are "
        "families of their own."
    ) in table.notes


def test_where_one_seed_has_no_other_beside_it_that_difference_has_no_p(runs):
    cells = {"p0": "p", "p1": "p", "b0": "b", "b1": "b"}
    for name in cells:
        runs.write(name, lambda key, number, name=name: number % 2 + int(name[1:]))
    runs.utterances = 11
    for name in ("c0", "d0"):
        runs.write(name, lambda key, number: number % 3)
    cells |= {"c0": "c", "d0": "d"}
    labels = {name: {"sampler": label, "x": "1"} for name, label in cells.items()}
    seeds = {name: int(name[1:]) for name in cells}
    folder = runs.ablation({"sampler": ["c", "d", "b"], "x": ["1"]}, labels, seeds, None)
    [table] = comparison_tables(read(folder), "sampler", intersect=False)
    assert {row[1]: row[4] for row in table.rows[:13]}["macro"] == ""


def test_contrast_over_one_seed_beside_others_is_named_once(runs):
    names = ["p0", "p1", "b0", "t0", "t1"]
    for place, name in enumerate(names):
        runs.write(name, lambda key, number, place=place: number * (place + 1) % 5)
    cells = {name: {"sampler": name[0]} for name in names}
    seeds = {name: int(name[1:]) for name in names}
    folder = runs.ablation({"sampler": ["p", "b", "t"]}, cells, seeds, None)
    [table] = comparison_tables(read(folder), "sampler", intersect=False)
    said = "Differences over one seed (sampler: b - p) are not established and have no p"
    assert table.notes[0].startswith(said)
    assert {row[0] for row in table.rows if row[4]} == {"t - p"}


def test_intervals_of_few_clusters_are_marked(runs):
    folder = two_samplers(runs, [0])
    for name in ("p0", "b0"):
        spoken_by(runs.root / f"{name}-00000000", 5)
    [table] = comparison_tables(read(folder), "sampler", intersect=False)
    assert all(cell.endswith("]†") for cell in column(table, f"interval over {ONE_SEED}")[:12])
    assert any(note.startswith("† fewer than 30 clusters") for note in table.notes)


def test_intervals_of_many_clusters_are_not_marked(runs):
    [table] = comparison_tables(read(two_samplers(runs, [0])), "sampler", intersect=False)
    assert all(cell.endswith("]") for cell in column(table, f"interval over {ONE_SEED}"))
    assert not any("†" in note for note in table.notes)


def test_over_several_seeds_it_is_said_how(runs):
    [table] = comparison_tables(read(two_samplers(runs, range(2), 6)), "sampler", intersect=False)
    assert table.notes[0].startswith("95 % intervals and p are over seeds and test utterances")
    assert "pooled over the cells of the study (2 degrees of freedom)" in table.notes[0]
    assert "of one run" not in " ".join(table.notes)


def test_cells_that_plainly_differ_in_their_seeds_are_named(runs):
    runs.keys = ["nsc"]
    cells = {f"{name}{seed}": {"sampler": name} for name in "pb" for seed in range(5)}
    for name in cells:
        runs.write(name, lambda key, number, n=name: number % 2 + (n[0] == "p") * int(n[1:]))
    seeds = {name: int(name[1:]) for name in cells}
    study = read(runs.ablation({"sampler": ["p", "b"]}, cells, seeds, None))
    table = effects_table(study[0], intersect=False)
    assert "each cell's own variance over its seeds" in table.notes[0]
    assert "cells plainly differ in it (Cochran's test, p 0.01)" in table.notes[0]


def test_cut_to_the_utterances_in_common_it_is_said(runs):
    runs.write("p", 2)
    runs.utterances = 11
    runs.write("b", 1)
    cells = {"p": {"sampler": "proportional"}, "b": {"sampler": "balanced"}}
    folder = runs.ablation(AXES, cells, base=None)
    plain, cut = (effects_table(read(folder)[0], intersect=asked) for asked in (False, True))
    assert column(plain, "interval") == [""]
    said = "no difference, as b was tested on other utterances than p."
    assert any(note.endswith(said) for note in plain.notes)
    assert cut.notes[-1] == (
        "sampler: balanced - proportional: on the 132 of 144 utterances that all have."
    )


def test_of_one_cluster_no_interval_is_shown_and_the_set_is_named(runs):
    runs.keys = ["librispeech", "nsc"]
    for name, errors in {"p": 1, "b": 2}.items():
        folder = runs.write(name, errors)
        cut_to_one(folder, "nsc", errors)
    cells = {"p": {"sampler": "proportional"}, "b": {"sampler": "balanced"}}
    study = read(runs.ablation(AXES, cells, base=None))
    [table] = comparison_tables(study, "sampler", intersect=False)
    assert [row[2:] for row in table.rows[1:]] == [["+20.00", "", ""]] * 2
    assert any(note.endswith("a set of one: nsc, macro.") for note in table.notes)
    text, _ = results([study_folder := runs.root / "mini"])
    assert "inf" not in text and "a set of one: nsc, macro" in " ".join(text.split())
    rows = list(csv.DictReader((study_folder / "results.csv").open()))
    assert {row["ci_low"] for row in rows if row["benchmark"] in ("nsc", "macro")} == {""}
    assert "inf" not in (study_folder / "results.csv").read_text()


def cut_to_one(folder, key, errors):
    """Leaves one utterance of a benchmark, with so many errors."""
    path = folder / "predictions" / f"{key}.jsonl"
    path.write_text(path.read_text().splitlines()[0] + "\n")
    content = json.loads((folder / "metrics.json").read_text())
    content["benchmarks"][key] |= {"errors": errors, "reference_length": 5, "n_utterances": 1}
    (folder / "metrics.json").write_text(json.dumps(content))
