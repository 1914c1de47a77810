"""Subtitles are cut to two lines of 42 columns and 7 seconds."""

from itertools import pairwise
from unicodedata import east_asian_width

import pytest
import regex

from plion.transcription.cues import COLUMNS, LINES, LONGEST, Cue, cues

ENGLISH = "the quick brown fox jumps over the lazy dog and then it rests in the shade "
TAMIL = "அம்மா வீட்டுக்கு வந்தாள் என்று அவன் சொன்னான் ஆனால் நான் அதைக் கேட்கவில்லை "
CHINESE = "今天老师带我们去看了一场很长的电影，我们都很喜欢。"
THAI = "วันนี้ครูพาเราไปดูหนังเรื่องยาวมากและพวกเราทุกคนชอบมันมาก"


def columns(line: str) -> int:
    return sum(2 if east_asian_width(one[0]) in "WF" else 1 for one in regex.findall(r"\X", line))


def joined(found: list[Cue], glue: str) -> str:
    return glue.join(line for cue in found for line in cue.lines)


@pytest.mark.parametrize("seconds", [1.0, 6.9, 7.1, 27.9])
@pytest.mark.parametrize(
    ("text", "glue"),
    [(ENGLISH * 6, " "), (TAMIL * 5, " "), (CHINESE * 6, ""), (THAI * 4, ""), ("x" * 300, "")],
    ids=["English", "Tamil", "Chinese", "Thai", "one word"],
)
def test_no_cue_is_wider_or_longer_than_can_be_read(text: str, glue: str, seconds: float) -> None:
    found = list(cues(text, 3.0, 3.0 + seconds))
    assert all(len(cue.lines) <= LINES for cue in found)
    assert all(0 < columns(line) <= COLUMNS for cue in found for line in cue.lines)
    assert all(0 < cue.end - cue.start <= LONGEST for cue in found)
    assert joined(found, glue) == text.strip()
    assert (found[0].start, found[-1].end) == (3.0, pytest.approx(3.0 + seconds))
    assert all(one.end == other.start for one, other in pairwise(found))


def test_short_text_is_one_line() -> None:
    assert list(cues(" one \n two ", 0.0, 1.5)) == [Cue(0.0, 1.5, ("one two",))]


def test_nothing_said_is_no_cue() -> None:
    assert list(cues(" \n ", 0.0, 1.5)) == []


def test_two_lines_are_even() -> None:
    (cue,) = cues("one two three four five six seven eight nine", 0.0, 3.0)
    assert cue.lines == ("one two three four five", "six seven eight nine")


def test_time_is_divided_in_proportion_to_the_text() -> None:
    found = list(cues("aaaa bbbb cccc dddd eeee ffff", 10.0, 22.0))
    assert [(cue.start, cue.end, cue.lines) for cue in found] == [
        (10.0, 16.0, ("aaaa bbbb cccc",)),
        (16.0, 22.0, ("dddd eeee ffff",)),
    ]


def test_wide_characters_have_two_columns() -> None:
    (cue,) = cues("好" * 42, 0.0, 7.0)
    assert cue.lines == ("好" * 21, "好" * 21)


def test_tamil_is_measured_by_letters() -> None:
    word = "கொ" * COLUMNS  # two code points each
    assert list(cues(word, 0.0, 1.0)) == [Cue(0.0, 1.0, (word,))]


def test_marks_stay_with_what_they_belong_to() -> None:
    text = "我们" * 10 + "他说（" + "好" * 20 + "）。" + "我们" * 10
    lines = [line for cue in cues(text, 0.0, 7.0) for line in cue.lines]
    assert len(lines) > 2
    assert not any(line[0] in "）。" or line[-1] == "（" for line in lines)


def test_word_that_lasts_too_long_is_taken_off() -> None:
    assert list(cues("yes", 1.0, 29.0)) == [Cue(1.0, 8.0, ("yes",))]
