import csv
import json

import pytest

from plion.studies.collect import read_studies
from plion.studies.contrasts import comparison_blocks, effects_blocks, seeds_block
from plion.studies.results import results

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


def column(block, name):
    return [row[list(block.header).index(name)] for row in block.rows]


def test_difference_has_interval_p_correction_and_what_could_be_seen(runs):
    [block] = comparison_blocks(read(two_samplers(runs, [0])), "sampler", False)
    assert block.header == [
        *["contrast", "on", "difference", "interval", "p", "Holm p", "visible"],
        *["MAPSSWE z", "MAPSSWE p", "segments"],
    ]
    row = block.rows[-1]
    assert row[:3] == ["balanced - proportional", "macro", "-10.50"]
    assert row[4:6] == ["<0.001", "0.003 *"]


def test_correction_is_for_everything_that_is_shown(runs):
    study = read(two_samplers(runs, [0]))
    [alone], twice = (
        comparison_blocks(study, "sampler", False),
        comparison_blocks(study * 2, "sampler", False),
    )
    assert [len(alone.rows), sum(len(block.rows) for block in twice)] == [13, 26]
    assert "for the 13 differences shown" in alone.notes[1]
    assert "for the 26 differences shown" in twice[0].notes[1]
    once, doubled = (float(column(b, "Holm p")[-1].split()[0]) for b in (alone, twice[0]))
    assert doubled == pytest.approx(2 * once, abs=0.001)


def test_what_does_not_survive_has_no_star(runs):
    runs.utterances = 40
    runs.write("p", lambda key, number: number % 2)
    runs.write("b", lambda key, number: (number + 1) % 2)
    cells = {"p": {"sampler": "proportional"}, "b": {"sampler": "balanced"}}
    [block] = effects_blocks(read(runs.ablation(AXES, cells, base=None)), False)
    assert column(block, "Holm p") == ["1.000"]


def test_intervals_of_few_blocks_are_marked(runs):
    folder = two_samplers(runs, [0])
    for name in ("p0", "b0"):
        spoken_by(runs.root / f"{name}-00000000", 5)
    [block] = comparison_blocks(read(folder), "sampler", False)
    assert all(cell.endswith("]†") for cell in column(block, "interval")[:12])
    assert any(note.startswith("† fewer than 30 blocks") for note in block.notes)


def test_intervals_of_many_blocks_are_not_marked(runs):
    [block] = comparison_blocks(read(two_samplers(runs, [0])), "sampler", False)
    assert all(cell.endswith("]") for cell in column(block, "interval"))
    assert not any("†" in note for note in block.notes)


def test_over_one_seed_differences_are_not_established(runs):
    [block] = effects_blocks(read(two_samplers(runs, [0])), False)
    assert block.notes[0].startswith("Differences between rows are not established")


@pytest.mark.parametrize(
    ("seeds", "words"),
    [
        (range(2), "Means over 2 seeds; 95 % intervals and p: the wider of Student's t"),
        (range(5), "Means over 5 seeds; 95 % intervals and p: seeds drawn, then a paired"),
    ],
)
def test_over_several_seeds_it_is_said_how(runs, seeds, words):
    [block] = comparison_blocks(read(two_samplers(runs, seeds, 6)), "sampler", False)
    assert block.notes[0].startswith(words)
    assert "MAPSSWE z" not in block.header


def test_cut_to_the_utterances_in_common_it_is_said(runs):
    runs.write("p", 2)
    runs.utterances = 11
    runs.write("b", 1)
    cells = {"p": {"sampler": "proportional"}, "b": {"sampler": "balanced"}}
    folder = runs.ablation(AXES, cells, base=None)
    [plain], [cut] = (effects_blocks(read(folder), asked) for asked in (False, True))
    assert column(plain, "interval") == [""]
    said = "no difference, as b was tested on other utterances than p."
    assert any(note.endswith(said) for note in plain.notes)
    assert cut.notes[-1] == (
        "sampler: balanced - proportional: on the 132 of 144 utterances that all have."
    )


def test_cells_have_mean_and_spread_over_seeds(runs):
    for name, errors in {"p0": 1, "p1": 3, "b0": 2}.items():
        runs.write(name, errors)
    cells = {
        "p0": {"sampler": "proportional"},
        "p1": {"sampler": "proportional"},
        "b0": {"sampler": "balanced"},
    }
    folder = runs.ablation(AXES, cells, seeds={"p0": 0, "p1": 1, "b0": 0}, base=None)
    block = seeds_block(read(folder)[0])
    assert block.header == ["cell", "seeds", *runs.keys, "macro", "n"]
    assert block.rows == [["proportional", "2", *["40.00 ± 28.28"] * 13, "12/12"]]


def test_average_over_seeds_is_over_the_sets_that_all_have(runs):
    runs.write("p0", lambda key, number: 1 if key == "nsc" else 5)
    runs.keys = ["nsc"]
    runs.write("p1", 3)
    cells = {name: {"sampler": "proportional"} for name in ("p0", "p1")}
    [study] = read(runs.ablation(AXES, cells, seeds={"p0": 0, "p1": 1}, base=None))
    [row] = seeds_block(study).rows
    assert row[-2:] == ["40.00 ± 28.28", "1/12"]


def test_with_one_seed_there_is_no_spread(grid):
    assert seeds_block(read(grid)[0]).rows == []


def test_few_segments_have_no_p_and_differences_that_do_not_vary_no_z(runs):
    runs.keys = ["librispeech", "nsc"]
    runs.write("p", 1)
    runs.write("b", lambda key, number: 2 if key == "nsc" else number % 3)
    cells = {"p": {"sampler": "proportional"}, "b": {"sampler": "balanced"}}
    [block] = comparison_blocks(read(runs.ablation(AXES, cells, base=None)), "sampler", False)
    vary, alike, _ = (row[-3:] for row in block.rows)
    assert alike == ["", "", "12"]
    assert vary == ["+0.00", "", "12"]
    assert any("no p under 30 segments" in note for note in block.notes)


def test_of_one_block_no_interval_is_shown_and_the_set_is_named(runs):
    runs.keys = ["librispeech", "nsc"]
    for name, errors in {"p": 1, "b": 2}.items():
        folder = runs.write(name, errors)
        cut_to_one(folder, "nsc", errors)
    cells = {"p": {"sampler": "proportional"}, "b": {"sampler": "balanced"}}
    study = read(runs.ablation(AXES, cells, base=None))
    [block] = comparison_blocks(study, "sampler", False)
    assert [row[2:7] for row in block.rows[1:]] == [["+20.00", "", "", "", ""]] * 2
    assert any(note.endswith("a set of one: nsc, macro.") for note in block.notes)
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
