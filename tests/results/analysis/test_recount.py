import pytest

from plion.results.analysis.recount import Counting, change, mean, recount
from plion.results.reading.collect import read_studies
from plion.results.reading.study import Study


def studied(*folders):
    """A study of single runs, and these."""
    [study] = read_studies(folders)
    return study, *study.runs


def test_transcripts_are_counted_again_under_the_runs_profile(runs):
    _, run = studied(runs.write("a", 1))
    counted = recount(run, "slr65", "cer").pooled()
    # ஒன்று has five code points of the reference's 28; 甲 is said for it.
    assert (counted.errors, counted.reference_length) == (12 * 5, 12 * 28)


def test_own_metric_is_not_counted_again(runs):
    _, run = studied(runs.write("a", 1))
    assert recount(run, "slr65", "wer") is run.scores["slr65"].utterances


def test_mean_is_over_the_sets_that_have_a_rate(runs):
    runs.keys = ["nsc", "slr65"]
    study, run = studied(runs.write("a", lambda key, number: number % 3 if key == "nsc" else 5))
    found = mean(study, run, ["nsc", "slr65", "aishell1"])
    assert found.value == pytest.approx((20 + 100) / 2) and found.low < 60 < found.high
    assert mean(study, run, ["aishell1"]) is None


def test_capped_errors_stop_at_the_references_length(runs):
    study, run = studied(runs.write("a", 9))
    assert mean(study, run, ["nsc"]).value == pytest.approx(180)
    assert mean(study, run, ["nsc"], Counting(capped=True)).value == pytest.approx(100)


def test_change_is_paired_by_utterance(runs):
    study, base, run = studied(
        *(
            runs.write(name, lambda key, number, more=more: number % 3 + more)
            for name, more in (("base", 1), ("a", 0))
        )
    )
    found = change(study, run, base, ["nsc", "slr65"])
    assert found.value == pytest.approx(-20) and found.alike


def test_nothing_has_changed_of_the_base_or_on_other_utterances(runs):
    first = runs.write("base", 1)
    runs.utterances = 6
    study, base, other = studied(first, runs.write("a", 1))
    assert change(study, base, base, ["nsc"]) is None is change(study, other, base, ["nsc"])


def test_change_over_several_seeds_holds_what_they_differ_by(runs):
    names = {f"{cell}{seed}": seed for cell in "pq" for seed in range(3)}
    runs.write("base", 5)
    for place, name in enumerate(names):
        runs.write(name, lambda key, number, place=place: number % 3 + place % 2)
    labels = {name: {"sampler": name[0]} for name in names}
    study, base, run, *_ = studied(runs.ablation({"sampler": ["p", "q"]}, labels, names))
    made = change(study, run, base, ["nsc", "slr65"])
    assert made.over == "seeds and test utterances"
    alone = change(Study("", "", (base, run)), run, base, ["nsc", "slr65"])
    assert made.high - made.low > 2 * (alone.high - alone.low)
