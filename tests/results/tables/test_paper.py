from plion.results.reading.collect import read_studies
from plion.results.tables.paper import paper_table
from plion.scoring.statistics.averages import MACRO

SAMPLERS = {"sampler": ["p", "q"]}


def printed(*folders, intersect=False):
    [study] = read_studies(folders)
    return paper_table(study, {}, intersect=intersect)


def bold(table):
    return {(table.rows[row][0], table.header[column]) for row, column in table.bold}


def test_columns_stand_in_groups_of_a_language(grid):
    table = printed(grid)
    assert [(group.name, group.columns) for group in table.groups] == [
        ("", 1),
        ("English, WER", 2),
        ("Chinese, CER", 4),
        ("Tamil, WER", 4),
        ("Malay, WER", 2),
        ("", 5),
    ]
    assert sum(group.columns for group in table.groups) == len(table.header)


def test_rows_are_cells_by_their_labels(grid):
    rows = [row[0] for row in printed(grid).rows]
    assert rows[:3] == ["base", "proportional, predict", "proportional, none"]


def test_bold_is_what_is_separable_from_all_others(runs):
    table = printed(*(runs.write(name, errors) for name, errors in (("a", 3), ("b", 1), ("c", 2))))
    assert bold(table) == {("b", key) for key in [*runs.keys, MACRO]}


def test_all_rows_of_the_best_run_are_bold(runs):
    alike = [runs.write(name, 1, hash="0123abcd") for name in ("b", "c")]
    assert {name for name, _ in bold(printed(runs.write("a", 3), *alike))} == {"b", "c"}


def test_over_one_seed_nothing_is_bold_and_it_is_said(grid):
    table = printed(grid)
    assert not table.bold
    assert "No figure is bold: differences over one seed are not established." in table.notes
    assert "over test utterances, one seed" in table.notes[0]


def test_tie_is_not_bold(runs):
    table = printed(runs.write("a", 1), runs.write("b", 1))
    assert not table.bold and any(note.startswith("Bold: the lowest") for note in table.notes)


def test_oracle_is_shown_and_not_ranked(runs):
    oracle = runs.write("a", 0, tag_decode="forced")
    table = printed(oracle, runs.write("b", 1), runs.write("c", 2))
    assert {name for name, _ in bold(table)} == {"b"}
    assert table.rows[0][0] == "a (forced)"


def test_why_nothing_is_bold_is_said(runs):
    assert "No figure is bold: there is nothing to compare with." in printed(runs.write("a")).notes


def test_other_utterances_are_compared_only_where_asked(runs):
    first = runs.write("a", 1)
    runs.utterances = 6
    folders = first, runs.write("b", 3)
    assert "No figure is bold: b was tested on other utterances than a." in printed(*folders).notes
    assert {name for name, _ in bold(printed(*folders, intersect=True))} == {"a"}


def test_seeds_are_means_with_their_spread(runs):
    wrong = {"p-s0": 1, "p-s1": 2, "q-s0": 3}
    for name, errors in wrong.items():
        runs.write(name, errors)
    runs.record("q-s1", status="failed")
    names = [*wrong, "q-s1"]
    labels = {name: {"sampler": name[0]} for name in names}
    table = printed(runs.ablation(SAMPLERS, labels, {name: int(name[-1]) for name in names}, None))
    assert table.header[:3] == ["system", "seeds", "librispeech"]
    assert [row[:3] for row in table.rows] == [["p", "2", "30.00 ± 14.14"], ["q", "1", "60.00"]]
    over = "95 % intervals are over seeds and test utterances; of q-s0 over test utterances, "
    assert f"{over}one seed." in table.notes[0]
    assert "intervals of one run" not in " ".join(table.notes)
    assert "1 of 4 runs have no figures: q-s1 (failed)." in table.notes


def test_cell_without_figures_has_its_status(runs):
    runs.write("p", 1)
    folder = runs.ablation(SAMPLERS, {name: {"sampler": name} for name in "pq"}, base=None)
    row = printed(folder).rows[1]
    assert [cell for cell in row if cell] == ["q", "missing"]


def test_profile_coverage_and_clusters_are_in_the_notes(grid):
    table = printed(grid)
    assert table.rows[0][table.header.index("n")] == "12/12"
    assert "profile strict-3" in table.notes[0] and "12 utterances" in table.notes[0]


def test_other_conditions_are_footnotes_of_this_study_alone(runs):
    [study] = read_studies([runs.write("a"), runs.write("b", 1)])
    a, b = study.runs
    table = paper_table(study, {b: "device cuda (others cpu)"})
    assert [row[0] for row in table.rows] == ["a", "b [1]"]
    assert table.notes[-1] == "[1] device cuda (others cpu)"
    assert not any(note.startswith("[") for note in paper_table(study, {}).notes)


def test_forced_rows_are_never_ranked_with_free_ones(conditioned):
    assert not {name for name, _ in bold(printed(conditioned)) if "forced" in name}
