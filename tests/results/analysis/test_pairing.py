import gc
import json
import weakref

import pytest

from plion.results.analysis.pairing import (
    by_seed,
    decoded_alike,
    intersected,
    paired_sets,
    unpaired,
    utterances,
)
from plion.results.reading.collect import read_studies
from plion.results.reading.study import Run


@pytest.fixture
def pair(runs):
    """Two runs with one error an utterance, the second tested on the first eight alone."""

    def made(keys=("nsc", "slr65")):
        runs.keys = list(keys)
        first = runs.write("a", lambda key, number: number % 2)
        runs.utterances, runs.keys = 8, ["nsc", "mesolitica"]
        return read([first, runs.write("b", 1)])

    return made


def read(folders):
    [study] = read_studies(folders)
    return list(study.runs)


def test_runs_on_the_same_utterances_are_paired(runs):
    assert unpaired(read([runs.write("a"), runs.write("b", 1)])) == ""


def test_run_without_scores_is_named_with_its_status(runs):
    folders = [runs.write("a"), runs.record("b", status="failed", suite="mini12")]
    assert unpaired(read(folders)) == "b failed"


def test_run_on_other_utterances_is_named(pair):
    assert unpaired(pair()) == "b was tested on other utterances than a"


def test_same_ids_with_another_reference_are_other_utterances(runs):
    folders = [runs.write("a"), runs.write("b")]
    path = folders[1] / "predictions" / "nsc.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    rows[0]["reference"] = rows[0]["text"] = "five four three two one"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert unpaired(read(folders)) == "b was tested on other utterances than a"
    assert [utterances(run) for run in intersected(read(folders))] == [143, 143]


def test_intersected_runs_have_the_sets_and_utterances_of_both(pair):
    cut = intersected(pair())
    assert unpaired(cut) == ""
    assert [list(run.scores) for run in cut] == [["nsc"], ["nsc"]]
    assert [run.scores["nsc"].counts.errors for run in cut] == [4, 8]
    assert cut[0].scores["nsc"].ids == cut[1].scores["nsc"].ids


def test_runs_that_share_nothing_stay_unpaired(pair):
    assert "a done" in unpaired(intersected(pair(["slr65"])))


def test_sets_that_are_the_same_are_left_as_they_are(runs):
    made = read([runs.write("a"), runs.write("b")])
    assert intersected(made)[0].scores["nsc"] is made[0].scores["nsc"]


def test_sets_are_paired_one_by_one(pair):
    first, second = pair()
    assert paired_sets(first, second) == []
    assert paired_sets(first, first) == ["nsc", "slr65"]


def arm(name, *seeds, labels=("axis",)):
    return [Run(f"{name}{seed}", "done", dict.fromkeys(labels, name), seed) for seed in seeds]


def names(paired):
    return [tuple(run.name for run in runs) for runs in paired]


def test_runs_of_a_seed_that_all_have_stand_side_by_side():
    assert names(by_seed([arm("p", 2, 0, 1), arm("q", 1, 2)])) == [("p2", "q2"), ("p1", "q1")]


def test_without_a_seed_in_common_there_are_none():
    assert by_seed([arm("p", 0), arm("q", 1)]) == []


def test_run_of_no_grid_stands_beside_every_seed():
    base = arm("base", None, labels=())
    assert names(by_seed([base, arm("p", 0, 1)])) == [("baseNone", "p0"), ("baseNone", "p1")]
    assert names(by_seed([arm("a", 3, labels=()), base])) == [("a3", "baseNone")]


def test_runs_are_compared_as_they_are_where_none_was_trained_with_the_language(conditioned):
    [study] = read_studies([conditioned])
    named = {
        name: [run for run in study.runs if run.name == name]
        for name in ("predict", "none", "condition", "absent")
    }
    arms, forced = decoded_alike(study, [named["predict"], named["none"]])
    assert ([[run.title for run in arm] for arm in arms], forced) == (
        [["predict"], ["none"]],
        False,
    )
    arms, forced = decoded_alike(study, list(named.values()))
    titles = [["predict (forced)"], ["none (forced)"], ["condition (forced)"], []]
    assert ([[run.title for run in arm] for arm in arms], forced) == (titles, True)


def test_runs_are_let_go_of_once_nobody_compares_them(pair):
    first, second = pair()
    assert unpaired([first, second]) and not paired_sets(first, second)
    held = weakref.ref(first)
    del first, second
    gc.collect()
    assert held() is None
