import pytest

from plion.studies.collect import read_studies
from plion.studies.recount import Counting, change, mean, recount


def only_run(folder):
    [study] = read_studies([folder])
    return study.runs[0]


def test_transcripts_are_counted_again_under_the_runs_profile(runs):
    run = only_run(runs.write("a", 1))
    counted = recount(run, "slr65", "cer").pooled()
    # ஒன்று has five code points of the reference's 28; 甲 is said for it.
    assert (counted.errors, counted.reference_length) == (12 * 5, 12 * 28)


def test_own_metric_is_not_counted_again(runs):
    run = only_run(runs.write("a", 1))
    assert recount(run, "slr65", "wer") is run.scores["slr65"].utterances


def test_mean_is_over_the_sets_that_have_a_rate(runs):
    runs.keys = ["nsc", "slr65"]
    run = only_run(runs.write("a", lambda key, number: number % 3 if key == "nsc" else 5))
    found = mean(run, ["nsc", "slr65", "aishell1"])
    assert found.rate == pytest.approx((20 + 100) / 2) and found.low < 60 < found.high
    assert mean(run, ["aishell1"]) is None


def test_capped_errors_stop_at_the_references_length(runs):
    run = only_run(runs.write("a", 9))
    assert mean(run, ["nsc"]).rate == pytest.approx(180)
    assert mean(run, ["nsc"], Counting(capped=True)).rate == pytest.approx(100)


def test_change_is_paired_by_utterance(runs):
    base, run = (
        only_run(runs.write(name, lambda key, number, more=more: number % 3 + more))
        for name, more in (("base", 1), ("a", 0))
    )
    found = change(run, base, ["nsc", "slr65"])
    assert found.rate == pytest.approx(-20) and found.alike


def test_nothing_has_changed_of_the_base_or_on_other_utterances(runs):
    base = only_run(runs.write("base", 1))
    runs.utterances = 6
    other = only_run(runs.write("a", 1))
    assert change(base, base, ["nsc"]) is None is change(other, base, ["nsc"])
