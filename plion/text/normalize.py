"""What is done to a text before it is scored, in versioned profiles.

A profile's name is recorded with every number made under it. Once numbers have been made, a profile
is never changed: the next version gets its own name.

`raw` scores texts as they are; only runs of whitespace count as one.

`strict` removes what is a matter of writing and keeps what is a matter of hearing. In every
language:
- Letters are compared in NFC and without case; full-width forms (`Ａ１`) are their ASCII twins.
- Invisible characters go: ZWJ, ZWNJ and all other format characters, and variation selectors. But
  the zero width space (U+200B) is a space: it stands where a word ends.
- Typographic apostrophes are `'`, and one inside a Latin word stays (`don't`, `Qur'an`).
- All other punctuation and symbols become a space. Hyphens too: Malay reduplication
  `kanak-kanak` is the two words `kanak kanak`, `2.5` is `2 5`. Category M is never touched:
  vowel signs and the virama of Tamil are of that category, and without them nothing is spelt.
- No digits are read out, no fillers and no particles (`lah`, `ah`) are dropped.

In Tamil, sequences that look the same are one (`LOOK_ALIKES`). In Mandarin, no space is left
between Han characters, and as `scoring` counts characters, the others are not counted either: a
Latin word among them counts letter by letter. Traditional characters are simplified ones, each by
itself (OpenCC's `t2s`), so that one wrong character is one error. In every language symbols that
stand for Han characters are these (`⼈` is `人`).

`strict-2` simplified words, so that a character's neighbours could change it, and radicals were
spaces as other symbols are; `strict-1` left traditional characters as they are. Otherwise the three
are the same.

`numbers` is `strict` with digits read as words (`plion.text.numbers`), except in Malay, for
which no kept library reads them: there it is `strict`. `numbers-1` was that of `strict-2`, with
Tamil words that did not compare.

`evalkit` is what the toolkit of arXiv 2603.16184 is reported to do (`plion.text.evalkit`);
`evalkit-1` left the full-width tilde `～` in place, which since `evalkit-2` is a space as there.
`whisper` what Whisper's normalisers do, English's in English and the basic one in Mandarin and
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
    """Steps by language; `refused`: languages it must not be used in, and why.

    `remarks`: what is to be said, by language, wherever its figures are shown.
    `drops_empty`: utterances whose reference it leaves empty are not scored.
    """

    steps: Mapping[str, Steps]
    refused: Mapping[str, str] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)
    drops_empty: bool = False


def normalize(text: str, language: str, profile: str = "strict") -> str:
    """A text as it is compared under a profile; `strict` names the newest strict one.

    `language` is a key of `plion.text.languages`. Raises InputError for a profile or a language
    that does not exist, and for a language that the profile is refused in.
    """
    for step in profile_steps(language, profile).values():
        text = step(text)
    return text


def explain(text: str, language: str, profile: str = "strict") -> list[tuple[str, str]]:
    """Every step of `normalize` by name, with the text as it is after it."""
    made = []
    for name, step in profile_steps(language, profile).items():
        text = step(text)
        made.append((name, text))
    return made


def profile_steps(language: str, profile: str) -> Steps:
    """What a profile does in a language, in order; InputError as of `normalize`."""
    name, key = resolve_profile(profile), known_language(language).key
    if key in PROFILES[name].refused:
        raise InputError(f"profile '{name}' is refused in {key}: {PROFILES[name].refused[key]}")
    return PROFILES[name].steps[key]


def resolve_profile(name: str) -> str:
    """The versioned name of a profile; InputError names the nearest known one."""
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
    """The steps of all languages; `read` is done while punctuation is still there."""
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
            "ta": "it puts spaces in the place of vowel signs, and so calls words equal that are "
            "not; take strict"
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
    """A profile's remark as a note of its own."""
    return f"{remark[0].upper()}{remark[1:]}."
