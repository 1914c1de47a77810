"""Transcripts as a model is trained to write them, by `data.target_text`."""

from plion.text.languages import Language
from plion.text.normalize import normalize

PLAIN = "strict-1"  # the profile of plain text: of targets, so it never follows a newer one


def spelled(text: str, language: Language, style: str) -> str:
    """A transcript as the model is to write it: `verbatim`, or `plain` as the scoring reads it.

    Plain removes the capitals of one corpus and the punctuation of another.
    """
    return normalize(text, language, PLAIN) if style == "plain" else text
