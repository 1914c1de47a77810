"""The profiles of normalisation: for each language its steps, or why there are none.

A profile that was used is never changed: its next version gets a new name. `plion.text.normalize`
describes each and gives reasons.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from plion.text import evalkit, steps, whisper
from plion.text.languages import Language
from plion.text.numbers import digits
from plion.text.scripts import spelt_with_marks
from plion.text.steps import Step, Steps


def _nothing(language: Language) -> str | None:
    return None


@dataclass(frozen=True)
class Profile:
    """Normalisation of a text, by its language.

    refusal: why it must not be used in a language; None if it may. remark: printed below its
    figures in a language. drops_empty: whether utterances whose reference becomes empty are left
    unscored.
    """

    steps: Callable[[Language], Steps]
    refusal: Callable[[Language], str | None] = _nothing
    remark: Callable[[Language], str | None] = _nothing
    drops_empty: bool = False


_FOLD: Steps = {
    "drop invisible": steps.drop_invisible,
    "fold width": steps.fold_width,
    "fold case": steps.fold_case,
    "fold apostrophes": steps.fold_apostrophes,
}
# A language's own steps by version: the first strict left traditional characters as they are.
_OWN_1: Steps = {"join Han": steps.join_han, "unify look-alikes": steps.unify_look_alikes}
_OWN_2: Steps = {**_OWN_1, "simplify Han": steps.simplify_han}
_OWN_3: Steps = {**_OWN_1, "simplify Han": steps.simplify_each_han}
_OWN_EVALKIT: Steps = {"show spaces": evalkit.show_spaces}
NORMALISATION = (*_OWN_3, *_OWN_EVALKIT)
"""The steps that a language may have of its own; a profile does those that it knows."""


def _own(language: Language, known: Steps) -> Steps:
    return {name: known[name] for name in language.normalisation if name in known}


def _reading(language: Language, readers: Mapping[str, Step] | None) -> Steps:
    """The reading of digits, in a profile that has readers and a language that names one."""
    return {"read numbers": readers[language.numbers]} if readers and language.numbers else {}


def _strict(language: Language, readers: Mapping[str, Step] | None = None) -> Steps:
    """The steps of the newest strict profile; digits are read while punctuation is still there."""
    return {
        **_FOLD,
        "spell Han": steps.spell_han,
        **_reading(language, readers),
        "blank punctuation": steps.blank_punctuation_but_han,
        "join words": steps.join_words,
        **_own(language, _OWN_3),
    }


def _strict_2(
    language: Language, own: Steps = _OWN_2, readers: Mapping[str, Step] | None = None
) -> Steps:
    """The steps up to `strict-2` and `numbers-1`."""
    return {
        **_FOLD,
        **_reading(language, readers),
        "blank punctuation": steps.blank_punctuation,
        "join words": steps.join_words,
        **_own(language, own),
    }


def _numbers(steps: Callable[[Language], Steps], strict: str) -> Profile:
    """A profile that reads digits as words; equals `strict` in languages without a reader."""

    def remark(language: Language) -> str | None:
        if language.numbers:
            return None
        return f"digits are not read in {language.name}, for which it is {strict}"

    return Profile(steps, remark=remark)


_EVALKIT: Steps = {
    "collapse repetitions": evalkit.collapse_repetitions,
    "compose": evalkit.compose,
    "lower": evalkit.lower,
    "delete punctuation": evalkit.delete_punctuation,
    "blank symbols": evalkit.blank_symbols,
    "join words": steps.join_words,
    "join CJK": evalkit.join_cjk,
    "halve width": evalkit.halve_width,
}
_EVALKIT_1: Steps = {**_EVALKIT, "blank symbols": evalkit.blank_ascii_symbols}


def _evalkit(each: Steps) -> Profile:
    def remark(language: Language) -> str | None:
        if not _own(language, _OWN_EVALKIT):
            return None
        return f"spaces, left beside Latin words, count as characters in {language.name}"

    def of(language: Language) -> Steps:
        return {**each, **_own(language, _OWN_EVALKIT)}

    return Profile(of, remark=remark, drops_empty=True)


_WHISPER: dict[str, Steps] = {
    "english": {"Whisper's English normaliser": whisper.whisper_english},
    "basic": {"Whisper's basic normaliser": whisper.whisper_basic},
}


def _whisper_refusal(language: Language) -> str | None:
    marks = spelt_with_marks(language.script) if language.whisper is None else False
    if not marks and language.whisper != "refused":
        return None
    return "it replaces vowel signs by spaces, which makes different words equal; use strict"


PROFILES: dict[str, Profile] = {
    "raw": Profile(lambda _: {"join words": steps.join_words}),
    "strict-1": Profile(lambda language: _strict_2(language, _OWN_1)),
    "strict-2": Profile(_strict_2),
    "strict-3": Profile(_strict),
    "numbers-1": _numbers(
        lambda language: _strict_2(language, readers=digits.READERS_1), "strict-2"
    ),
    "numbers-2": _numbers(lambda language: _strict(language, digits.READERS), "strict-3"),
    "evalkit-1": _evalkit(_EVALKIT_1),
    "evalkit-2": _evalkit(_EVALKIT),
    "whisper-1": Profile(
        lambda language: _WHISPER[language.whisper or "basic"], refusal=_whisper_refusal
    ),
}
NEWEST = {
    "strict": "strict-3",
    "numbers": "numbers-2",
    "evalkit": "evalkit-2",
    "whisper": "whisper-1",
}
