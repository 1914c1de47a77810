import csv
import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from printed import results, tables

from plion.errors import InputError

AXES = {"sampler": ["proportional", "balanced"]}


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


@pytest.mark.parametrize(
    ("number", "told", "expected"),
    [
        (errno.EROFS, "results.csv cannot be read or written: Read-only file system", 0),
        (errno.EACCES, "results.csv cannot be read or written: Permission denied", 0),
        (errno.ENOSPC, "no space left on the disk while writing", 2),
        (errno.EIO, "results.csv cannot be read or written: Input/output error", 2),
    ],
)
def test_tables_are_printed_where_the_csv_cannot_be_written(
    number, told, expected, grid, monkeypatch, capsys
):
    text, _ = results([grid])
    before = (grid / "results.csv").read_bytes()

    def refuse(path, *_, **__):
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(Path, "write_text", refuse)
    assert results([grid]) == (text, expected)
    said = capsys.readouterr().err
    assert said.startswith("plion: results.csv is not written: ") and told in said
    assert said.count("\n") == 1 and (grid / "results.csv").read_bytes() == before


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
    assert header == ["system", *runs.keys, *averages]


def test_base_row_comes_first_with_its_averages(grid):
    row = tables(results([grid], "csv")[0])[0][1]
    assert row == [
        "base",
        *["100.00"] * 13,
        "",
        "12/12",
        "100.00",
        "en 100.00",
    ]


def test_average_over_fewer_sets_says_so(runs):
    runs.keys = ["nsc", "slr65"]
    row = tables(results([runs.write("a", 1)], "csv")[0])[0][1]
    assert row[-3] == "2/12"


def test_intervals_of_averages_by_language_are_a_table_of_their_own(runs):
    run = runs.write("a", lambda key, number: number % 3)
    found = tables(results([run], "csv")[0])
    assert found[0][1][-2:] == ["20.00", "en 20.00"]
    [averages] = [own for own in found if own[0] == ["run", "language mean", "worst language"]]
    assert averages[1][1].startswith("20.00 [") and averages[1][2] == "en 20.00"


def test_what_made_the_runs_is_said(runs):
    text, _ = results([runs.write("a", commit="0123456789abcdef", dirty=True)])
    assert "Runs of commit 0123456789 (dirty), source aaaaaaaa, device cpu." in text


def test_run_that_lost_its_predictions_stops_no_other(runs):
    folder = runs.write("a")
    (folder / "predictions" / "nsc.jsonl").unlink()
    text, code = results([folder, runs.write("b", 1)])
    words = " ".join(text.split())
    assert code == 1 and "1 of 2 runs have no figures: a (damaged)." in words
    assert f"`plion evaluate {folder}` makes them again." in words


def test_effects_are_in_points_with_their_sign(grid):
    effects = tables(results([grid], "csv")[0])[1]
    assert effects[1][:3] == [
        "sampler: balanced - proportional",
        "macro",
        "-30.00",
    ]


def test_effect_that_is_not_known_gives_its_reason(runs):
    runs.write("p", 1)
    cells = {"p": {"sampler": "proportional"}, "b": {"sampler": "balanced"}}
    effects = tables(results([runs.ablation(AXES, cells, base=None)], "csv")[0])[1]
    assert effects[1] == ["sampler: balanced - proportional", "macro", "", "", ""]


FORMATS = ["table", "csv", "md", "tex"]


@pytest.mark.parametrize("format", FORMATS)
def test_one_seed_gives_no_verdict_in_any_format(runs, format):
    for name, errors in {"base": 5, "p": 4, "b": 1}.items():
        runs.write(name, lambda key, number, n=errors: n - number % 2)
    cells = {"p": {"sampler": "proportional"}, "b": {"sampler": "balanced"}}
    study = runs.ablation(AXES, cells)
    for asked in ({}, {"compare": "sampler"}):
        text = " ".join(results([study], format, **asked)[0].split())
        assert "over test utterances, one seed" in text
        assert "Holm" not in text and "MAPSSWE" not in text and "textbf" not in text
        assert "0 *" not in text and "1 *" not in text


@pytest.mark.parametrize("format", FORMATS)
def test_several_seeds_are_what_the_intervals_are_over(runs, format):
    labels = {"p": "proportional", "b": "balanced"}
    seeds = {"p0": 0, "p1": 1, "b0": 0, "b1": 1}
    for place, name in enumerate(seeds):
        runs.write(name, lambda key, number, place=place: number % 3 + place % 2)
    cells = {name: {"sampler": labels[name[0]]} for name in seeds}
    study = runs.ablation(AXES, cells, seeds=seeds, base=None)
    for asked in ({}, {"compare": "sampler"}, {"by": "length"}):
        text = " ".join(results([study], format, **asked)[0].split())
        assert "over seeds and test utterances" in text
        assert "not established" not in text and "of one run" not in text


def test_capped_character_error_is_given_against_the_base(grid):
    capped = tables(results([grid], "csv")[0])[2]
    rows = {row[0]: row[1:] for row in capped[1:]}
    assert rows["base"] == ["100.00", "", "6/6"]
    assert rows["mini-balanced-none-s0"] == [
        "0.00",
        "-100.00",
        "6/6",
    ]


def test_errors_stand_beside_what_training_cost(runs):
    runs.write("base", 5)
    made = {"audio_hours_trained": 2.0, "train_seconds": 1800, "audio_seconds_per_second": 4.0}
    runs.write("p", 3, cost=0.84375, **made)
    runs.write("b", 1, cost=None, **made)
    cells = {"p": {"sampler": "proportional"}, "b": {"sampler": "balanced"}}
    found = tables(results([runs.ablation(AXES, cells)], "csv")[0])
    assert found[2] == [
        ["run", "macro", "against base", "n", "audio h", "train h", "audio s/s", "cost"],
        [
            *["p", "60.00", "-40.00"],
            *["12/12", "2.00", "0.50", "4.0", "0.8438"],
        ],
    ]


def test_without_a_price_there_is_no_table_of_costs(grid):
    assert "cost" not in results([grid])[0]


def test_what_the_figures_are_is_said(grid):
    text, _ = results([grid])
    assert "CER for zh, else WER" in text
    assert "profile strict-3, suite mini12" in text
    assert "Equal in every run: 0.5 audio_hours." in text


def test_run_under_other_conditions_has_a_footnote(runs):
    folders = [runs.write("a"), runs.write("b", attention="eager"), runs.write("c")]
    text, code = results(folders)
    assert "b [1]" in text
    assert "[1] attention eager (others sdpa)" in text
    assert code == 0


def test_run_on_another_processor_has_a_footnote_and_strict_refuses_it(runs):
    known = {"processor": "EPYC 1", "capability": "AVX512"}
    folders = [runs.write(name, **known) for name in "ab"]
    folders.append(runs.write("c", **{**known, "capability": "AVX2 ATEN_CPU_CAPABILITY=avx2"}))
    folders.append(runs.write("d"))  # of a version that did not record it
    text = " ".join(results(folders)[0].split())
    assert "[1] capability AVX2 ATEN_CPU_CAPABILITY=avx2 (others AVX512)" in text
    assert "[2] processor unknown (others EPYC 1), capability unknown (others AVX512)" in text
    with pytest.raises(InputError, match="c has capability AVX2"):
        results(folders, strict=True)


def test_run_short_of_its_hold_has_a_footnote(runs):
    hold = {"quantity": "audio_hours", "amount": 2.0}
    folders = [runs.write("a", hold=hold, short_of_hold=0.0), runs.write("b", hold=hold)]
    assert "Short of" not in results(folders)[0]
    folders.append(runs.write("c", hold=hold, short_of_hold=0.0125))
    text, _ = results(folders)
    assert "Short of the held amount, as audio was skipped: c by 0.0125 audio_hours." in text


def test_languages_changes_and_faults_come_last(grid):
    *_, languages, changes, faults = tables(results([grid], "csv")[0])
    assert languages[0] == ["run", "en", "zh", "ta", "ms", "spread", "n"]
    assert changes[0] == ["run", "en", "zh", "ta", "ms", "n"]
    assert faults[0][:3] == ["run", "length ratio", "empty"]


def test_runs_under_the_same_conditions_have_no_footnote(grid):
    assert "[1]" not in results([grid])[0]


def test_strict_refuses_other_conditions_and_writes_nothing(runs):
    folders = [runs.write("a"), runs.write("b", source="bbbbbbbb"), runs.write("c")]
    with pytest.raises(InputError, match=r"b has source bbbbbbbb \(others aaaaaaaa\)"):
        results(folders, strict=True)
    assert not (folders[0] / "results.csv").exists()


def test_metrics_of_a_suite_are_named(runs):
    runs.keys = ["nsc", "aishell1"]
    rows = [
        {"key": "nsc", "language": "en", "metric": "mer", "manifest": "nsc.jsonl"},
        {"key": "aishell1", "language": "zh", "metric": "mer", "manifest": "aishell1.jsonl"},
        {"key": "slr65", "language": "ta", "metric": "gcer", "manifest": "slr65.jsonl"},
    ]
    text, _ = results([runs.write("a", benchmarks=rows)])
    assert "(CER by grapheme cluster for ta, else MER)" in text


def test_forced_decoding_is_marked(runs):
    text, _ = results([runs.write("a"), runs.write("b", tag_decode="forced")])
    assert "b (forced)" in text
    assert "an oracle" in text


def test_context_of_runs_is_said_where_there_is_any(runs):
    plain, told = runs.write("a"), runs.write("b", context="Tan Ah Kow")
    assert "Context" not in results([plain])[0]
    assert "Context before every utterance: 'Tan Ah Kow'." in results([told])[0]
    assert "Context before every utterance: a none; b 'Tan Ah Kow'." in results([plain, told])[0]


def test_run_that_was_moved_elsewhere_gives_the_same_figures(grid, runs, tmp_path):
    before, _ = results([grid], "csv")
    runs.root.rename(tmp_path / "copy")
    assert results([tmp_path / "copy" / "mini"], "csv")[0] == before


def test_results_need_no_torch(grid):
    code = (
        "import sys; from plion.results.request import Request; "
        "from plion.results.results import results; "
        f"results([{json.dumps(str(grid))}], Request()); "
        "sys.exit(int(bool({'torch', 'lightning', 'transformers'} & set(sys.modules))))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_latency_stands_beside_throughput_where_it_was_measured(runs):
    assert "latency" not in results([runs.write("a")])[0]
    measured = runs.write("b", latency_mean=0.125, latency_std=0.5, rtfx=99.16)
    found = tables(results([measured], "csv")[0])
    assert [["run", "latency", "deviation", "rtfx"], ["b", "0.1250", "0.5000", "99.2"]] in found
