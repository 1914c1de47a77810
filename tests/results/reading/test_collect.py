import json

import pytest

from plion.errors import InputError
from plion.results.reading.collect import read_studies

CELLS = {"a": {"sampler": "proportional"}, "b": {"sampler": "balanced"}}
AXES = {"sampler": ["proportional", "balanced"]}


def only_run(folder):
    [study] = read_studies([folder])
    [run] = study.runs
    return run


def rewrite(path, **fields):
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_base_comes_first_and_has_no_labels(grid):
    [study] = read_studies([grid])
    assert study.runs[0].name == "base"
    assert [dict(run.labels) for run in study.runs[:2]] == [
        {},
        {"sampler": "proportional", "tag.train": "predict"},
    ]


def test_base_is_known_by_its_place_in_an_ablation_alone(grid, runs):
    [study] = read_studies([grid])
    assert study.base is study.runs[0]
    [single] = read_studies([runs.root / "base-00000000"])
    assert single.base is None


def test_cell_without_a_folder_is_missing(runs):
    runs.write("a")
    [study] = read_studies([runs.ablation(AXES, CELLS, base=None)])
    assert [run.status for run in study.runs] == ["done", "missing"]


@pytest.mark.parametrize("status", ["failed", "running"])
def test_unfinished_run_has_its_status_and_no_scores(runs, status):
    folder = runs.write("a")
    rewrite(folder / "run.json", status=status)
    run = only_run(folder)
    assert (run.status, dict(run.scores)) == (status, {})


def test_run_that_was_only_claimed_is_running(runs):
    assert only_run(runs.record("a", hash="00000000")).status == "running"


def test_finished_run_without_metrics_is_not_evaluated(runs):
    assert only_run(runs.record("a", status="done", suite="mini12")).status == "not evaluated"


def test_scores_are_the_counts_of_metrics_json(runs):
    run = only_run(runs.write("a", 2))
    counts = run.scores["aishell1"].counts
    assert (counts.errors, counts.reference_length, counts.n_utterances) == (24, 60, 12)
    assert run.profile == "strict-3"


def test_utterances_are_in_the_order_of_their_ids(runs):
    folder = runs.write("a", lambda key, number: number % 3)
    path = folder / "predictions" / "nsc.jsonl"
    path.write_text("".join(reversed(path.read_text().splitlines(keepends=True))))
    scored = only_run(folder).scores["nsc"]
    assert list(scored.ids) == sorted(scored.ids)
    assert scored.utterances.errors.tolist() == [0, 1, 2] * 4


def test_scores_are_in_the_suites_order(runs):
    folder = runs.write("a")
    content = json.loads((folder / "metrics.json").read_text())
    content["benchmarks"] = dict(reversed(content["benchmarks"].items()))
    rewrite(folder / "metrics.json", **content)
    assert list(only_run(folder).scores) == runs.keys


def test_run_on_a_suite_that_is_not_here_gives_its_scores(runs):
    runs.keys = ["nsc"]
    row = {"key": "nsc", "language": "en", "metric": "wer", "manifest": "nsc/test.jsonl"}
    folder = runs.write("a", suite="suites/elsewhere.yaml", benchmarks=[row])
    assert list(only_run(folder).scores) == ["nsc"]


def test_single_runs_are_put_together_by_suite(runs):
    folders = [runs.write("a"), runs.write("b", suite="sg12"), runs.write("c")]
    studies = read_studies(folders)
    assert [[run.name for run in study.runs] for study in studies] == [["a", "c"], ["b"]]


def test_folder_given_twice_counts_once(runs, grid):
    single = runs.write("a")
    studies = read_studies([single, grid, f"{single}/", grid.parent / "mini" / "." / ".." / "mini"])
    assert [[run.name for run in study.runs][:1] for study in studies] == [["base"], ["a"]]
    assert [len(study.runs) for study in studies] == [5, 1]


def test_labels_that_are_numbers_become_words(runs):
    runs.write("a")
    [study] = read_studies(
        [runs.ablation({"sampler.temperature.T": [2]}, {"a": {"sampler.temperature.T": 2}})]
    )
    assert study.axes == {"sampler.temperature.T": ("2",)}
    assert study.runs[1].labels == {"sampler.temperature.T": "2"}


def test_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(InputError, match="neither a run's folder"):
        read_studies([tmp_path])


def test_transcripts_that_do_not_give_the_counts_are_refused(runs):
    folder = runs.write("a", 1)
    path = folder / "predictions" / "nsc.jsonl"
    path.write_text(path.read_text().replace("two", "too", 1))
    with pytest.raises(InputError, match=r"nsc\.jsonl does not give the counts"):
        read_studies([folder])


def test_missing_transcripts_are_named(runs):
    folder = runs.write("a")
    (folder / "predictions" / "slr65.jsonl").unlink()
    [study] = read_studies([folder, runs.write("b")])
    damaged, whole = study.runs
    assert (damaged.status, damaged.scores) == ("damaged", {})
    assert damaged.damage == (
        f"a-00000000 lacks its predictions of slr65: `plion evaluate {folder}` makes them again."
    )
    assert whole.scores


def test_damaged_transcript_is_named_by_file_and_line(runs):
    folder = runs.write("a")
    path = folder / "predictions" / "nsc.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], '{"id": "x"}', *lines[2:]]))
    with pytest.raises(InputError, match=r"nsc\.jsonl:2 is damaged"):
        read_studies([folder])


@pytest.mark.parametrize("content", ["", "{", "[]"])
def test_metrics_that_are_empty_or_cut_are_made_again_on_advice(runs, content):
    folder = runs.write("a")
    (folder / "metrics.json").write_text(content)
    [study] = read_studies([folder, runs.write("b")])
    damaged, whole = study.runs
    assert (damaged.status, damaged.scores) == ("damaged", {})
    assert damaged.damage == (
        f"{folder / 'metrics.json'} is damaged: `plion evaluate {folder}` makes it again."
    )
    assert whole.scores


@pytest.mark.parametrize("content", ["{}", '{"profile": "strict-1", "benchmarks": []}'])
def test_damaged_metrics_are_named(runs, content):
    folder = runs.write("a")
    (folder / "metrics.json").write_text(content)
    with pytest.raises(InputError, match=r"metrics\.json"):
        read_studies([folder])


@pytest.mark.parametrize("content", ["{", "{}"])
def test_damaged_ablation_file_is_named(runs, content):
    folder = runs.ablation(AXES, CELLS)
    (folder / "ablation.json").write_text(content)
    with pytest.raises(InputError, match=r"ablation\.json"):
        read_studies([folder])


def test_benchmark_that_is_not_of_the_suite_is_named(runs):
    folder = runs.write("a")
    content = json.loads((folder / "metrics.json").read_text())
    content["benchmarks"]["nsx"] = content["benchmarks"]["nsc"]
    rewrite(folder / "metrics.json", **content)
    with pytest.raises(InputError, match="unknown benchmark 'nsx'"):
        read_studies([folder])


def test_runs_under_different_profiles_are_refused(runs):
    folders = [runs.write("a"), runs.write("b")]
    rewrite(folders[1] / "metrics.json", profile="raw")
    with pytest.raises(InputError, match=r"strict-3 \(a\), raw \(b\)"):
        read_studies(folders)


def test_another_split_of_the_same_errors_is_accepted(runs):
    folder = runs.write("a", 2)
    content = json.loads((folder / "metrics.json").read_text())
    content["benchmarks"]["nsc"] |= {"substitutions": 22, "deletions": 1, "insertions": 1}
    rewrite(folder / "metrics.json", **content)
    assert only_run(folder).scores["nsc"].counts.substitutions == 22


def test_line_separator_within_a_transcript_ends_no_line(runs):
    folder = runs.write("a")
    path = folder / "predictions" / "nsc.jsonl"
    path.write_text(path.read_text().replace("two three", "two\u2028three"))
    assert len(only_run(folder).scores["nsc"].ids) == runs.utterances


@pytest.mark.parametrize(
    ("benchmarks", "words"),
    [
        ({}, "expected a list"),
        ([{"key": "nsc"}], "row 1: 'language' is missing"),
        ([5], "row 1: expected a mapping with the keys"),
    ],
)
def test_damaged_benchmarks_of_a_run_are_named(runs, benchmarks, words):
    folder = runs.write("a")
    rewrite(folder / "run.json", benchmarks=benchmarks)
    with pytest.raises(InputError, match=rf"run\.json, benchmarks.*{words}"):
        read_studies([folder])


def test_run_that_names_no_suite_is_refused(runs):
    folder = runs.write("a", suite=None)
    with pytest.raises(InputError, match=r"run\.json is damaged: neither"):
        read_studies([folder])


@pytest.mark.parametrize("profile", [["a"], "strikt"])
def test_profile_that_is_none_is_refused_with_its_file(runs, profile):
    folder = runs.write("a")
    rewrite(folder / "metrics.json", profile=profile)
    with pytest.raises(InputError, match=r"metrics\.json"):
        read_studies([folder])


@pytest.mark.parametrize(
    "fields", [{"hold": 3}, {"hold": {"quantity": "audio_hours"}}, {"axes": {"sampler": []}}]
)
def test_damaged_field_of_an_ablation_is_refused_with_its_file(runs, fields):
    folder = runs.ablation(AXES, CELLS, base=None)
    rewrite(folder / "ablation.json", **fields)
    with pytest.raises(InputError, match=r"ablation\.json is damaged"):
        read_studies([folder])


def test_forced_transcripts_are_a_row_of_their_own_after_the_run(conditioned):
    [study] = read_studies([conditioned])
    assert [run.title for run in study.runs] == [
        *["base", "base (forced)", "predict", "predict (forced)", "condition (forced)"],
        *["none", "none (forced)", "absent"],
    ]
    own, again = study.runs[2:4]
    assert (again.again, dict(again.labels), again.seed) == (True, dict(own.labels), own.seed)
    errors = [run.scores["nsc"].counts.errors for run in (own, again)]
    assert errors == [24, 12]


def test_run_is_compared_with_a_base_that_was_told_as_much(conditioned):
    [study] = read_studies([conditioned])
    bases = [study.base_of(run) for run in study.runs]
    free, told = study.runs[:2]
    assert bases == [free, told, free, told, told, free, told, free] and study.base is free


def test_forced_transcripts_that_an_ablation_asks_for_are_missed(runs):
    runs.write("a")
    [study] = read_studies([runs.ablation(AXES, CELLS, base=None, forced=["a", "b"])])
    assert [(run.title, run.status) for run in study.runs] == [
        ("a", "done"),
        ("a (forced)", "not evaluated"),
        ("b", "missing"),
    ]


def test_forced_transcripts_that_an_ablation_does_not_ask_for_are_not_its_rows(runs):
    runs.write("a")
    runs.forced("a", 1)
    [study] = read_studies([runs.ablation(AXES, CELLS, base=None)])
    assert [run.title for run in study.runs] == ["a", "b"]
    [single] = read_studies([runs.root / "a-00000000"])
    assert [run.title for run in single.runs] == ["a", "a (forced)"]


def test_speed_of_decoding_is_that_of_a_runs_own(runs):
    folder = runs.write("a", rtfx=9.0, latency_mean=0.1, latency_std=0.0)
    runs.forced("a")
    [study] = read_studies([folder])
    assert [run.record.rtfx for run in study.runs] == [9.0, None]
