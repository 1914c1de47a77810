import csv
import json

import pytest

from plion.results.csv_rows import tidy, write_csv
from plion.results.reading.collect import read_studies

COLUMNS = [
    *["ablation", "run", "status", "seed", "sampler", "tag_train", "tag_decode", "benchmark"],
    *["language", "metric", "errors", "reference_length", "rate", "ci_low", "ci_high"],
    *["n_utterances", "covered", "interval_over", "tuned", "budget", "attempts"],
    "processor",
    *["latency_mean", "latency_std", "rtfx", "audio_hours_trained"],
    *["steps", "supervised_tokens", "train_seconds", "price_per_hour", "cost"],
    *["trunk_hours", "trunk_seconds"],
    *["audio_seconds_per_second", "tokens_per_second", "padding", "peak_memory_gb", "mfu"],
    *["selected", "profile", "suite", "commit", "source", "device", "capability", "attention"],
    "context",
]
AGGREGATES = ["macro", "language_mean", "worst_language"]


def written(dirs, path):
    write_csv(tidy(read_studies(dirs)), path)
    with path.open() as file:
        return list(csv.DictReader(file))


def test_columns_are_those_of_the_contract(grid, tmp_path):
    assert list(written([grid], tmp_path / "results.csv")[0]) == COLUMNS


def test_run_has_a_row_for_each_benchmark_and_each_aggregate(grid, runs, tmp_path):
    rows = written([grid], tmp_path / "results.csv")
    of_base = [row["benchmark"] for row in rows if row["run"] == "base"]
    assert of_base == [*runs.keys, *AGGREGATES]
    assert len(rows) == 5 * 15


def test_row_of_a_benchmark_has_its_counts(grid, tmp_path):
    rows = written([grid], tmp_path / "results.csv")
    row = next(
        row
        for row in rows
        if row["run"] == "mini-balanced-predict-s0" and row["benchmark"] == "aishell1"
    )
    expected = {
        "ablation": "mini",
        "status": "done",
        "seed": "0",
        "sampler": "balanced",
        "tag_train": "predict",
        "tag_decode": "free",
        "language": "zh",
        "metric": "cer",
        "errors": "24",
        "reference_length": "60",
        "rate": "40.0000",
        "ci_low": "",  # all clusters are alike
        "ci_high": "",
        "n_utterances": "12",
        "covered": "",
        "profile": "strict-3",
        "suite": "mini12",
        "commit": "c0ffee",
        "device": "cpu",
    }
    assert {name: row[name] for name in expected} == expected


def test_base_has_no_labels_and_no_seed(grid, tmp_path):
    row = written([grid], tmp_path / "results.csv")[0]
    assert (row["run"], row["sampler"], row["tag_train"], row["seed"]) == ("base", "", "", "")


def test_aggregate_says_how_many_benchmarks_it_covers(runs, tmp_path):
    runs.keys = ["nsc", "slr65"]
    rows = written([runs.write("a", 1)], tmp_path / "results.csv")
    macro = next(row for row in rows if row["benchmark"] == "macro")
    assert (macro["covered"], macro["n_utterances"], macro["errors"]) == ("2", "24", "")


def test_worst_language_is_named(runs, tmp_path):
    folder = runs.write("a", lambda key, number: int(key == "mesolitica"))
    worst = written([folder], tmp_path / "results.csv")[-1]
    assert (worst["benchmark"], worst["language"], worst["rate"]) == (
        "worst_language",
        "ms",
        "10.0000",
    )


@pytest.mark.parametrize("status", ["missing", "failed", "running"])
def test_unfinished_run_is_one_row_with_empty_figures(runs, tmp_path, status):
    if status != "missing":
        runs.record("a", status=status)
    ablation = runs.ablation({"sampler": ["balanced"]}, {"a": {"sampler": "balanced"}}, base=None)
    [row] = written([ablation], tmp_path / "results.csv")
    assert (row["run"], row["status"], row["sampler"]) == ("a", status, "balanced")
    figures = ["errors", "reference_length", "rate", "ci_low", "ci_high", "n_utterances", "covered"]
    assert [row[name] for name in figures] == [""] * 7


def test_what_the_run_recorded_is_taken_over(runs, tmp_path):
    recorded = {
        "rtfx": 12.5,
        "audio_hours_trained": 0.5,
        "steps": 40,
        "supervised_tokens": 1234,
        "train_seconds": 61.25,
        "price_per_hour": 1.6875,
        "cost": 0.0287,
        "audio_seconds_per_second": 78.5,
        "tokens_per_second": 310.25,
        "padding": 0.081,
        "peak_memory_gb": 21.5,
        "mfu": 0.4125,
        "selected": {"kind": "last", "step": 40},
    }
    row = written([runs.write("a", **recorded)], tmp_path / "results.csv")[0]
    assert {name: row[name] for name in recorded} == {
        "rtfx": "12.5000",
        "audio_hours_trained": "0.5000",
        "steps": "40",
        "supervised_tokens": "1234",
        "train_seconds": "61.2500",
        "price_per_hour": "1.6875",
        "cost": "0.0287",
        "audio_seconds_per_second": "78.5000",
        "tokens_per_second": "310.2500",
        "padding": "0.0810",
        "peak_memory_gb": "21.5000",
        "mfu": "0.4125",
        "selected": "last 40",
    }


def test_what_was_not_measured_is_empty(runs, tmp_path):
    row = written([runs.write("a", cost=None)], tmp_path / "results.csv")[0]
    assert (row["cost"], row["latency_mean"], row["selected"]) == ("", "", "")


def test_benchmark_without_reference_tokens_has_no_rate(runs, tmp_path):
    runs.keys = ["nsc", "slr65"]
    folder = runs.write("a", 1)
    path = folder / "predictions" / "slr65.jsonl"
    lines = [{**json.loads(line), "reference": ""} for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    metrics = json.loads((folder / "metrics.json").read_text())
    metrics["benchmarks"]["slr65"] |= {
        "errors": 60,
        "reference_length": 0,
        "substitutions": 0,
        "insertions": 60,
        "rate": None,
    }
    (folder / "metrics.json").write_text(json.dumps(metrics))
    rows = {row["benchmark"]: row for row in written([folder], tmp_path / "results.csv")}
    assert (rows["slr65"]["errors"], rows["slr65"]["rate"]) == ("60", "")
    assert (rows["macro"]["rate"], rows["macro"]["covered"]) == ("20.0000", "1")


def test_axis_that_is_a_column_already_does_not_come_twice(runs, tmp_path):
    runs.write("a", tag_decode="forced")
    ablation = runs.ablation({"tag.decode": ["forced"]}, {"a": {"tag.decode": "forced"}}, base=None)
    row = written([ablation], tmp_path / "results.csv")[0]
    assert row["tag_decode"] == "forced"
    assert list(row) == [name for name in COLUMNS if name not in ("sampler", "tag_train")]


def test_it_is_said_what_intervals_are_over(runs, tmp_path):
    names = {"p0": 0, "p1": 1, "q0": 0, "q1": 1}
    for place, name in enumerate(["base", *names]):
        runs.write(name, lambda key, number, place=place: number % 3 + place % 2)
    labels = {name: {"sampler": name[0]} for name in names}
    several = runs.ablation({"sampler": ["p", "q"]}, labels, names)
    rows = written([several], tmp_path / "several.csv")
    assert {row["interval_over"] for row in rows if row["run"] == "base" and row["ci_low"]} == {
        "utterances"
    }
    found = {row["interval_over"] for row in rows if row["run"] == "p0" and row["ci_low"]}
    assert found == {"seeds and utterances"}
    rows = written([runs.root / "p0-00000000"], tmp_path / "one.csv")
    assert {row["interval_over"] for row in rows if row["ci_low"]} == {"utterances"}


def test_what_is_picked_by_the_rates_has_no_interval(runs, tmp_path):
    rows = written([runs.write("a", lambda key, number: number % 3)], tmp_path / "results.csv")
    worst = next(row for row in rows if row["benchmark"] == "worst_language")
    assert worst["rate"] and (worst["ci_low"], worst["interval_over"]) == ("", "")


def test_same_folders_give_the_same_bytes(grid, tmp_path):
    contents = []
    for name in ("one.csv", "two.csv"):
        write_csv(tidy(read_studies([grid])), tmp_path / name)
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1]


def test_label_of_a_decoding_axis_wins_over_the_setting(runs, tmp_path):
    runs.write("a", tag_decode="forced")
    ablation = runs.ablation({"tag.decode": ["told"]}, {"a": {"tag.decode": "told"}}, base=None)
    assert written([ablation], tmp_path / "results.csv")[0]["tag_decode"] == "told"


def test_forced_transcripts_are_rows_that_say_so(conditioned, tmp_path):
    rows = written([conditioned], tmp_path / "results.csv")
    found = {(r["run"], r["tag_decode"]): r["rate"] for r in rows if r["benchmark"] == "macro"}
    assert found[("predict", "free")] == "40.0000" and found[("predict", "forced")] == "20.0000"
    assert ("condition", "forced") in found and ("condition", "free") not in found
