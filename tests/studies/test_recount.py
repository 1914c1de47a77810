from plion.studies.collect import read_studies
from plion.studies.recount import recount


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
