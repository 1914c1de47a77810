import jiwer
import pytest

from plion.scoring.counts import count
from plion.text.evalkit import collapse_repetitions
from plion.text.normalize import normalize
from plion.text.shipped import SHIPPED

EN, ZH = (SHIPPED[key] for key in ("en", "zh"))

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("a" * 20 + "b", "a" * 20 + "b"),
        ("a" * 21 + "b", "ab"),
        ("go " * 19 + "on", "go " * 19 + "on"),
        ("go " * 20 + "on", "go on"),
        ("go " * 25 + "gone", "go gone"),
        (LETTERS[:20] * 20, LETTERS[:20]),
        (LETTERS[:21] * 20, LETTERS[:21] * 20),
        ("你好，" * 30 + "再见" * 30, "你好，再见"),
        ("a\n" * 20, "a\n"),
        # A pattern is looked for as long as forty characters are left.
        ("x" * 20 + LETTERS[:20], "x" + LETTERS[:20]),
        ("x" * 20 + LETTERS[:19], "x" * 20 + LETTERS[:19]),
    ],
)
def test_loops_are_collapsed_from_the_packages_thresholds_on(said: str, left: str) -> None:
    assert collapse_repetitions(said) == left


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("ms", "Kura-kura", "kurakura"),
        ("en", "don't, TWENTY-ONE 2.5", "dont twentyone 25"),
        ("en", "a+b=c", "a b c"),
        ("zh", "１＋１", "1+1"),
        ("zh", "三～五天", "三五天"),
        ("zh", "ａ～ｂ", "a␣b"),
        ("zh", "中 文 abc 中 文", "中文␣abc␣中文"),
        (
            "ta",
            "\u0b95\u0bc6\u0bbe \u0b95\u0bcd\u200d\u0bb7",
            "\u0b95\u0bca \u0b95\u0bcd\u200d\u0bb7",
        ),
        ("en", "no " * 40, "no"),
    ],
)
def test_it_does_what_is_reported_of_the_toolkit(language: str, text: str, expected: str) -> None:
    assert normalize(text, SHIPPED[language], "evalkit") == expected


def test_first_version_is_as_it_was() -> None:
    assert normalize("三～五天", ZH, "evalkit-1") == "三~五天"
    assert normalize("a+b ~c", ZH, "evalkit-1") == normalize("a+b ~c", ZH, "evalkit-2")


def test_characters_are_counted_with_the_spaces_beside_latin_words() -> None:
    references, hypotheses = ["我爱 hello 你", "中 文"], ["我爱hello 您", "中文 ok"]
    counted = count(references, hypotheses, ZH, "cer", profile="evalkit").pooled()
    expected = jiwer.process_characters(["我爱 hello 你", "中文"], ["我爱hello 您", "中文 ok"])
    assert counted.reference_length == 12
    assert counted.rate == pytest.approx(100 * expected.cer)


def test_what_is_said_to_an_empty_reference_is_not_scored() -> None:
    counted = count(["...", "a b"], ["much too much", "a"], EN, "wer", profile="evalkit").pooled()
    assert (counted.errors, counted.insertions, counted.reference_length) == (1, 0, 2)


def test_elsewhere_it_is_inserted() -> None:
    counted = count(["...", "a b"], ["much too much", "a"], EN, "wer", profile="strict").pooled()
    assert (counted.errors, counted.insertions, counted.reference_length) == (4, 3, 2)
