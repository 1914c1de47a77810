"""The four languages: the project's key, Qwen's name, the error rate and the script of each."""

from dataclasses import dataclass
from typing import Literal

from plion.errors import InputError, suggest

Metric = Literal["wer", "cer"]


@dataclass(frozen=True)
class Language:
    """A language as the model names it (`name`) and as it is scored (`metric`)."""

    key: str
    name: str
    metric: Metric
    script: str


LANGUAGES = {
    row.key: row
    for row in (
        Language("en", "English", "wer", "Latin"),
        Language("zh", "Chinese", "cer", "Han"),
        Language("ta", "Tamil", "wer", "Tamil"),
        Language("ms", "Malay", "wer", "Latin"),
    )
}


def language(key: str) -> Language:
    """The language of a key; InputError names the nearest known one."""
    if key not in LANGUAGES:
        raise InputError(f"unknown language '{key}' {suggest(key, LANGUAGES)}")
    return LANGUAGES[key]
