"""What stands below the tables of a study."""

from annotated import known
from printed import results
from seeded import seeded

from plion.results.tables.notes import intervals_note


def test_what_is_resampled_is_said(runs):
    folder = known(runs.write("a", lambda key, number: number % 4), sentence=lambda n: str(n // 2))
    text, _ = results([folder])
    said = " ".join(text.split())
    assert "librispeech, nsc, aishell1, aishell3, slr65, slr127, mesolitica 6 sentences;" in said
    assert "fleurs_zh, fleurs_ta, fleurs_ms 6 sentences, drawn together" in said


def test_intervals_over_one_seed_are_said_to_be_so(runs):
    assert intervals_note(seeded(runs, 1)) == (
        "95 % intervals are over test utterances, one seed; of base over test utterances. "
        "What another seed would change is not in them."
    )


def test_intervals_over_several_seeds_are_said_to_be_so(runs):
    assert intervals_note(seeded(runs)) == (
        "95 % intervals are over seeds and test utterances; of base over test utterances."
    )
