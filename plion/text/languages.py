"""The four languages: the project's key, Qwen's name, the error rate and the script of each."""

from dataclasses import dataclass
from typing import Literal

from plion.errors import InputError, suggest

Metric = Literal["wer", "cer", "gcer", "mer"]
"""What is counted: words, code points, grapheme clusters, or Han characters and other words."""

METRICS: dict[Metric, str] = {
    "wer": "WER",
    "cer": "CER",
    "gcer": "CER by grapheme cluster",
    "mer": "MER",
}
"""What a metric is called in print."""


@dataclass(frozen=True)
class Language:
    """A language as the model names it (`name`) and as it is scored (`metric`).

    `beside`: a second metric that is shown beside it. Where words are parted in Tamil is partly the
    writer's choice, and one wrong sound makes a long word wrong: hence its grapheme clusters.
    """

    key: str
    name: str
    metric: Metric
    script: str
    beside: Metric | None = None


LANGUAGES = {
    row.key: row
    for row in (
        Language("en", "English", "wer", "Latin"),
        Language("zh", "Chinese", "cer", "Han"),
        Language("ta", "Tamil", "wer", "Tamil", beside="gcer"),
        Language("ms", "Malay", "wer", "Latin"),
    )
}


def language(key: str) -> Language:
    """The language with this key; raises InputError, suggesting the nearest key, if unknown."""
    if key not in LANGUAGES:
        raise InputError(f"unknown language '{key}' {suggest(key, LANGUAGES)}")
    return LANGUAGES[key]
