"""Transcripts as a model is to write them."""

from plion.text.shipped import SHIPPED
from plion.text.targets import spelled


def test_plain_text_is_what_scoring_reads_and_verbatim_is_the_publishers() -> None:
    assert spelled("Seven RIVERS, today.", SHIPPED["en"], "plain") == "seven rivers today"
    assert spelled("Seven RIVERS, today.", SHIPPED["en"], "verbatim") == "Seven RIVERS, today."
