"""Text normalisation before scoring, in versioned profiles.

A profile's name is recorded with every figure made with it. A profile that was used is never
changed: its next version gets a new name.

`raw` scores texts as they are, with runs of whitespace reduced to one space.

`strict` removes differences of writing and keeps differences that can be heard. In every language:
- Letters are compared in NFC and without case; full-width forms (`Ａ１`) become ASCII.
- Invisible characters are deleted: ZWJ, ZWNJ and all other format characters, and variation
  selectors. The zero width space (U+200B) becomes a space, because it marks the end of a word.
- Typographic apostrophes become `'`, which stays inside a Latin word (`don't`, `Qur'an`).
- All other punctuation and symbols become a space, hyphens too: Malay reduplication `kanak-kanak`
  is the two words `kanak kanak`, `2.5` is `2 5`. Category M is kept: it contains the vowel signs
  and the virama of Tamil.
- Digits stay digits; fillers and particles (`lah`, `ah`) stay.

In Tamil, sequences that look the same become one (`LOOK_ALIKES`). In Mandarin, spaces between Han
characters are deleted; since `scoring` counts characters there, other spaces do not count either,
and a Latin word counts letter by letter. Traditional characters are simplified one by one (OpenCC's
`t2s`), so that one wrong character is one error. In every language, symbols that stand for Han
characters become these (`⼈` becomes `人`).

Earlier versions: `strict-2` simplified by words, so that a character's neighbours could change it,
and replaced radicals by spaces like other symbols; `strict-1` left traditional characters as they
are. Otherwise the three are the same.

`numbers` is `strict` with digits read as words (`plion.text.numbers`). In Malay it is `strict`,
since no maintained library reads Malay numbers. `numbers-1` did the same over `strict-2`, with
Tamil number words that did not match transcripts.

`evalkit` does what the toolkit of arXiv 2603.16184 is reported to do (`plion.text.evalkit`);
`evalkit-1` kept the full-width tilde `～`, which the toolkit, and `evalkit-2`, replace by a space.
`whisper` applies Whisper's normalisers: the English one in English, the basic one in Mandarin and
Malay. It is refused in Tamil.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from plion.errors import InputError, suggest
from plion.text import evalkit, numbers, steps, whisper
from plion.text.languages import LANGUAGES
from plion.text.languages import language as known_language
from plion.text.steps import Steps


@dataclass(frozen=True)
class Profile:
    """Normalisation steps by language.

    `refused`: languages in which the profile must not be used, with the reason. `remarks`: notes by
    language that tables print beside its figures. `drops_empty`: leave out utterances whose
    normalised reference is empty.
    """

    steps: Mapping[str, Steps]
    refused: Mapping[str, str] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)
    drops_empty: bool = False


def normalize(text: str, language: str, profile: str = "strict") -> str:
    """Normalise a text with a profile; a name without a version (`strict`) takes the newest.

    `language` is a key of `plion.text.languages`. Raises InputError for an unknown profile or
    language, and for a language that the profile refuses.
    """
    for step in profile_steps(language, profile).values():
        text = step(text)
    return text


def explain(text: str, language: str, profile: str = "strict") -> list[tuple[str, str]]:
    """The name of every step of `normalize`, with the text after it."""
    made = []
    for name, step in profile_steps(language, profile).items():
        text = step(text)
        made.append((name, text))
    return made


def profile_steps(language: str, profile: str) -> Steps:
    """The steps of a profile in a language, in order; raises InputError as `normalize`."""
    name, key = resolve_profile(profile), known_language(language).key
    if key in PROFILES[name].refused:
        raise InputError(f"profile '{name}' is refused in {key}: {PROFILES[name].refused[key]}")
    return PROFILES[name].steps[key]


def resolve_profile(name: str) -> str:
    """The versioned name of a profile; raises InputError, suggesting the nearest, if unknown."""
    name = NEWEST.get(name, name)
    if name not in PROFILES:
        raise InputError(f"unknown profile '{name}' {suggest(name, [*NEWEST, *PROFILES])}")
    return name


_FOLD: Steps = {
    "drop invisible": steps.drop_invisible,
    "fold width": steps.fold_width,
    "fold case": steps.fold_case,
    "fold apostrophes": steps.fold_apostrophes,
}


def _strict(read: Steps, simplify: Steps) -> Steps:
    """The steps of all languages, with `read` before punctuation is removed."""
    return {
        **_FOLD,
        "spell Han": steps.spell_han,
        **read,
        "blank punctuation": steps.blank_punctuation_but_han,
        "join words": steps.join_words,
        **simplify,
    }


def _strict_2(read: Steps, simplify: Steps) -> Steps:
    """The steps up to `strict-2` and `numbers-1`."""
    return {
        **_FOLD,
        **read,
        "blank punctuation": steps.blank_punctuation,
        "join words": steps.join_words,
        **simplify,
    }


def _evalkit(each: Steps) -> Profile:
    return Profile(
        {**dict.fromkeys(LANGUAGES, each), "zh": {**each, "show spaces": evalkit.show_spaces}},
        remarks={"zh": "spaces, left beside Latin words, count as characters in Mandarin"},
        drops_empty=True,
    )


_JOIN: Steps = {"join Han": steps.join_han}
_SIMPLIFY: Steps = {**_JOIN, "simplify Han": steps.simplify_each_han}
_SIMPLIFY_2: Steps = {**_JOIN, "simplify Han": steps.simplify_han}
_LOOK_ALIKES: Steps = {"unify look-alikes": steps.unify_look_alikes}
_LATIN, _LATIN_2 = _strict({}, {}), _strict_2({}, {})
_TAMIL, _TAMIL_2 = _strict({}, _LOOK_ALIKES), _strict_2({}, _LOOK_ALIKES)
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
_BASIC: Steps = {"Whisper's basic normaliser": whisper.whisper_basic}

PROFILES: dict[str, Profile] = {
    "raw": Profile(dict.fromkeys(LANGUAGES, {"join words": steps.join_words})),
    "strict-1": Profile(
        {"en": _LATIN_2, "zh": _strict_2({}, _JOIN), "ta": _TAMIL_2, "ms": _LATIN_2}
    ),
    "strict-2": Profile(
        {"en": _LATIN_2, "zh": _strict_2({}, _SIMPLIFY_2), "ta": _TAMIL_2, "ms": _LATIN_2}
    ),
    "strict-3": Profile({"en": _LATIN, "zh": _strict({}, _SIMPLIFY), "ta": _TAMIL, "ms": _LATIN}),
    "numbers-1": Profile(
        {
            "en": _strict_2({"read numbers": numbers.read_english}, {}),
            "zh": _strict_2({"read numbers": numbers.read_mandarin}, _SIMPLIFY_2),
            "ta": _strict_2({"read numbers": numbers.read_tamil_1}, _LOOK_ALIKES),
            "ms": _LATIN_2,
        },
        remarks={"ms": "digits are not read in Malay, for which it is strict-2"},
    ),
    "numbers-2": Profile(
        {
            "en": _strict({"read numbers": numbers.read_english}, {}),
            "zh": _strict({"read numbers": numbers.read_mandarin}, _SIMPLIFY),
            "ta": _strict({"read numbers": numbers.read_tamil}, _LOOK_ALIKES),
            "ms": _LATIN,
        },
        remarks={"ms": "digits are not read in Malay, for which it is strict-3"},
    ),
    "evalkit-1": _evalkit(_EVALKIT_1),
    "evalkit-2": _evalkit(_EVALKIT),
    "whisper-1": Profile(
        {
            "en": {"Whisper's English normaliser": whisper.whisper_english},
            "zh": _BASIC,
            "ms": _BASIC,
        },
        refused={
            "ta": "it replaces vowel signs by spaces, which makes different words equal; use strict"
        },
    ),
}
NEWEST = {
    "strict": "strict-3",
    "numbers": "numbers-2",
    "evalkit": "evalkit-2",
    "whisper": "whisper-1",
}


def sentence(remark: str) -> str:
    """A profile's remark as a sentence: capitalised, with a full stop."""
    return f"{remark[0].upper()}{remark[1:]}."
