"""The official recipe's tag at the beginning of a text."""

import pytest

from plion.text.tags import untagged


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("language English<asr_text>Two rivers.", ("English", "Two rivers.")),
        (" language None<asr_text>", ("None", "")),
        ("language English<asr_text>a <asr_text> b", ("English", "a <asr_text> b")),
        ("the language English is old", (None, "the language English is old")),
        ("we say language English<asr_text>", (None, "we say language English<asr_text>")),
        ("<asr_text>two", (None, "<asr_text>two")),
    ],
)
def test_a_tag_is_one_only_where_a_text_opens_with_it(
    text: str, found: tuple[str | None, str]
) -> None:
    assert untagged(text) == found
