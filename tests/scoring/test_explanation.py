import pytest

from plion.data.utterance import Utterance
from plion.errors import InputError
from plion.scoring.explanation import explanation
from plion.scoring.hypotheses import Matched, Transcribed
from plion.text.shipped import SHIPPED


def matched(key: str, tongue: str, text: str, said: str, missing: bool = False) -> Matched:
    """One benchmark of one utterance, `u-1`."""
    utterance = Utterance("u-1", "a.wav", text, tongue, key, 1.0)
    one = Transcribed(key, SHIPPED[tongue], (utterance,), (said,), ("u-1",) if missing else ())
    return Matched((one,), ())


def test_every_step_and_every_error_is_shown() -> None:
    text = explanation(matched("nsc", "en", "Don\u2019t  stop now!", "don't stop"), "u-1", "raw")
    assert text == "\n".join(
        [
            "nsc u-1: English, WER, profile raw",
            "",
            "given",
            "  reference   Don\u2019t  stop now!",
            "  hypothesis  don't stop",
            "join words",
            "  reference   Don\u2019t stop now!",
            "  hypothesis  =",
            "3 tokens: 1 substituted, 1 deleted, 0 inserted",
            "  substituted: Don\u2019t -> don't",
            "  deleted: now!",
        ]
    )


def test_every_kind_of_error_is_named() -> None:
    text = explanation(matched("nsc", "en", "a b c d", "a x c d e"), "u-1", "strict")
    assert text.endswith(
        "4 tokens: 1 substituted, 0 deleted, 1 inserted\n  substituted: b -> x\n  inserted: e"
    )
    assert "profile strict-3" in text
    text = explanation(matched("nsc", "en", "a b c d", "a d"), "u-1", "strict")
    assert text.endswith("  deleted: b c")


def test_what_cannot_be_seen_is_named() -> None:
    text = explanation(matched("slr65", "ta", "க்\u200dஷ", "க்ஷ"), "u-1", "strict")
    assert "given\n  reference   க்<U+200D>ஷ\n  hypothesis  க்ஷ\n" in text
    assert "drop invisible\n  reference   க்ஷ\n  hypothesis  =\n" in text
    assert text.endswith("1 token: 0 substituted, 0 deleted, 0 inserted")


def test_characters_are_the_tokens_in_mandarin() -> None:
    text = explanation(matched("aishell1", "zh", "漢字很多", "汉子多"), "u-1", "strict")
    assert "Chinese, CER" in text
    assert text.endswith(
        "4 tokens: 1 substituted, 1 deleted, 0 inserted\n  substituted: 字 -> 子\n  deleted: 很"
    )


def test_a_hypothesis_that_is_not_there_is_said_to_be_empty() -> None:
    text = explanation(matched("nsc", "en", "a", "", missing=True), "u-1", "strict")
    assert "hypothesis  (empty)" in text and "There is no hypothesis" in text


def test_a_dropped_reference_is_said_not_to_be_scored() -> None:
    text = explanation(matched("nsc", "en", "...", "a"), "u-1", "evalkit")
    assert text.endswith("The normalised reference is empty: not scored.")


def test_a_profiles_remark_is_made() -> None:
    text = explanation(matched("fleurs_ms", "ms", "2", "dua"), "u-1", "numbers")
    assert "Digits are not read in Malay" in text


def test_an_unknown_id_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"no utterance 'u-2' \(did you mean 'u-1'\?\)"):
        explanation(matched("nsc", "en", "a", "a"), "u-2", "strict")
