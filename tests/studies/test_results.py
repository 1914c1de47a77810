import csv
import io
import json
import subprocess
import sys

import pytest

from plion.errors import InputError
from plion.studies.results import results

AXES = {"sampler": ["proportional", "balanced"]}


def tables(text):
    return [list(csv.reader(io.StringIO(part))) for part in text.strip().split("\n\n")]


def test_finished_study_is_status_zero(grid):
    assert results([grid])[1] == 0


@pytest.mark.parametrize("status", ["failed", "running", "missing"])
def test_run_without_figures_is_shown_and_is_status_one(runs, status):
    runs.write("base", 5)
    runs.write("p", 1)
    if status != "missing":
        runs.record("b", status=status)
    cells = {"p": {"sampler": "proportional"}, "b": {"sampler": "balanced"}}
    text, code = results([runs.ablation(AXES, cells)])
    row = next(line.split() for line in text.splitlines() if line.startswith("b "))
    assert (row, code) == (["b", status], 1)
    assert f"1 of 3 runs have no figures: b ({status})." in text


def test_csv_is_written_into_the_first_folder(grid, runs):
    results([grid, runs.root / "base-00000000"])
    with (grid / "results.csv").open() as file:
        assert {row["run"] for row in csv.DictReader(file)} > {"base"}
    assert not (runs.root / "base-00000000" / "results.csv").exists()


def test_same_folders_give_the_same_text_and_file(grid):
    text, _ = results([grid])
    content = (grid / "results.csv").read_bytes()
    assert results([grid])[0] == text
    assert (grid / "results.csv").read_bytes() == content


def test_columns_are_the_papers_then_the_averages(grid, runs):
    header = tables(results([grid], "csv")[0])[0][0]
    averages = ["macro", "interval", "n", "language mean", "worst language"]
    assert header == ["run", *runs.keys, *averages]


def test_base_row_comes_first_with_its_averages(grid):
    row = tables(results([grid], "csv")[0])[0][1]
    assert row == [
        "base",
        *["100.00"] * 13,
        "[100.00, 100.00]",
        "12/12",
        "100.00",
        "en 100.00",
    ]


def test_average_over_fewer_sets_says_so(runs):
    runs.keys = ["nsc", "slr65"]
    row = tables(results([runs.write("a", 1)], "csv")[0])[0][1]
    assert row[-3] == "2/12"


def test_effects_are_in_points_with_their_sign(grid):
    _, effects, _ = tables(results([grid], "csv")[0])
    assert effects[1] == [
        "sampler: balanced - proportional (at tag.train predict)",
        "-20.00",
        "[-20.00, -20.00]",
    ]


def test_effect_that_is_not_known_gives_its_reason(runs):
    runs.write("p", 1)
    cells = {"p": {"sampler": "proportional"}, "b": {"sampler": "balanced"}}
    _, effects, _ = tables(results([runs.ablation(AXES, cells, base=None)], "csv")[0])
    assert effects[1] == ["sampler: balanced - proportional", "", "b missing"]


def test_with_one_seed_differences_are_not_established(grid):
    assert "Differences between rows are not established" in results([grid])[0]


def test_with_several_seeds_the_mean_is_named(runs):
    labels = {"p": "proportional", "b": "balanced"}
    seeds = {"p0": 0, "p1": 1, "b0": 0, "b1": 1}
    for name in seeds:
        runs.write(name, 1)
    cells = {name: {"sampler": labels[name[0]]} for name in seeds}
    text, _ = results([runs.ablation(AXES, cells, seeds=seeds, base=None)])
    assert "Means over 2 seeds" in text
    assert "not established" not in text


def test_capped_character_error_is_given_against_the_base(grid):
    capped = tables(results([grid], "csv")[0])[2]
    rows = {row[0]: row[1:] for row in capped[1:]}
    assert rows["base"] == ["100.00", "+0.00"]
    assert rows["mini-balanced-none-s0"] == ["0.00", "-100.00"]


def test_what_the_figures_are_is_said(grid):
    text, _ = results([grid])
    assert "CER for zh, else WER" in text
    assert "profile strict-1, suite mini12" in text
    assert "Equal in every run: 0.5 audio_hours." in text


def test_run_under_other_conditions_has_a_footnote(runs):
    folders = [runs.write("a"), runs.write("b", attention="eager"), runs.write("c")]
    text, code = results(folders)
    assert "b [1]" in text
    assert "[1] attention eager (others sdpa)" in text
    assert code == 0


def test_runs_under_the_same_conditions_have_no_footnote(grid):
    assert "[1]" not in results([grid])[0]


def test_strict_refuses_other_conditions_and_writes_nothing(runs):
    folders = [runs.write("a"), runs.write("b", source="bbbbbbbb"), runs.write("c")]
    with pytest.raises(InputError, match=r"b has source bbbbbbbb \(others aaaaaaaa\)"):
        results(folders, strict=True)
    assert not (folders[0] / "results.csv").exists()


def test_forced_decoding_is_marked(runs):
    text, _ = results([runs.write("a"), runs.write("b", tag_decode="forced")])
    assert "b (forced)" in text
    assert "an oracle" in text


def test_compare_prints_that_axis_alone(grid):
    [contrasts] = tables(results([grid], "csv", compare="sampler")[0])
    assert [row[:2] for row in contrasts] == [
        ["contrast", "difference"],
        ["sampler: balanced - proportional (at tag.train predict)", "-20.00"],
        ["sampler: balanced - proportional (at tag.train none)", "-40.00"],
    ]


def test_unknown_axis_names_the_nearest(grid):
    with pytest.raises(InputError, match=r"no axis 'samplr'.*did you mean 'sampler'"):
        results([grid], compare="samplr")


def test_published_rows_are_a_block_of_their_own_with_averages_made_anew(grid):
    *ours, paper = tables(results([grid], "csv", with_paper=True)[0])
    assert len(ours) == 3
    rows = {row[0]: row for row in paper}
    assert rows["Qwen2.5-Omni-3B"][-5:] == ["172.41", "", "12/12", "151.22", "ta 386.11"]


def test_published_rows_are_marked_as_such(grid):
    assert "Published in arXiv 2603.16184" in results([grid], with_paper=True)[0]


def test_published_rows_come_only_when_asked_for(grid):
    assert "Polyglot-Lion" not in results([grid])[0]


def test_run_that_was_moved_elsewhere_gives_the_same_figures(grid, runs, tmp_path):
    before, _ = results([grid], "csv")
    runs.root.rename(tmp_path / "copy")
    assert results([tmp_path / "copy" / "mini"], "csv")[0] == before


def test_results_need_no_torch(grid):
    code = (
        "import sys; from plion.studies.results import results; "
        f"results([{json.dumps(str(grid))}]); "
        "sys.exit(int(bool({'torch', 'lightning', 'transformers'} & set(sys.modules))))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_compared_axes_can_stand_beside_published_rows(grid):
    contrasts, paper = tables(results([grid], "csv", compare="sampler", with_paper=True)[0])
    assert contrasts[0][0] == "contrast" and paper[0][0] == "system"
