import pytest

from plion.data.utterance import Utterance
from plion.results.scorecard.versus import versus_table
from plion.scoring.hypotheses import Matched, Transcribed
from plion.scoring.score import score
from plion.scoring.scorecard import Scorecard
from plion.text.shipped import SHIPPED


def scored(said: list[str], reference: str = "a b c d e f g h") -> Scorecard:
    """What a system said to as many utterances, each of its own."""
    utterances = tuple(
        Utterance(f"u{n}", "a.wav", reference, "en", "nsc", 1.0) for n in range(len(said))
    )
    return score(
        Matched((Transcribed("nsc", SHIPPED["en"], utterances, tuple(said), ()),), ()), "raw"
    )


def test_two_transcripts_have_their_difference_with_p_and_mapsswe() -> None:
    # One more word wrong in two of three utterances.
    worse = scored(
        [["a b c d e f g h", "a x c d e f g h", "a x c d e f g h"][n % 3] for n in range(60)]
    )
    better = scored([["a b c d x f g h", "a b c d e f g h"][n % 2] for n in range(60)])
    table = versus_table(worse, better)
    assert table.header == [
        *["on", "difference", "interval over test utterances", "p", "Holm p"],
        *["MAPSSWE z", "MAPSSWE p", "segments"],
    ]
    nsc, macro = table.rows
    assert nsc[:2] == ["nsc", "+2.08"] and macro[0] == "macro" and macro[5:] == ["", "", ""]
    # Of 60 utterances 40 and 30 have an error: 70 segments, less the 10 in which both lie together.
    assert float(nsc[5]) == pytest.approx(1.2, abs=0.4) and int(nsc[7]) <= 70
    assert "not that one method is better" in table.notes[0]


def test_equal_transcripts_differ_in_nothing() -> None:
    said = ["a b c", "a b c d e f g x"] * 20
    nsc, _ = versus_table(scored(said), scored(said)).rows
    assert nsc[1:5] == ["+0.00", "", "", ""]


def test_few_segments_have_no_p_and_differences_that_do_not_vary_no_z() -> None:
    few = versus_table(scored(["a b c d"] * 12), scored(["a b c d e f g h"] * 12)).rows[0]
    assert few[5:] == ["", "", "12"]


def test_sets_without_a_reference_token_are_not_compared() -> None:
    assert versus_table(scored([""], ""), scored([""], "")).rows == []
