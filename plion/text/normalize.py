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

`numbers` is `strict` with digits read as words (`numbers/digits.py`). In Malay it is `strict`,
since no maintained library reads Malay numbers. `numbers-1` did the same over `strict-2`, with
Tamil number words that did not match transcripts.

`evalkit` does what the toolkit of arXiv 2603.16184 is reported to do (`plion.text.evalkit`);
`evalkit-1` kept the full-width tilde `～`, which the toolkit, and `evalkit-2`, replace by a space.
`whisper` applies Whisper's normalisers: the English one in English, the basic one in Mandarin and
Malay. It is refused in Tamil.
"""

from collections.abc import Sequence
from functools import cache

from plion.errors import InputError, suggest
from plion.text.languages import Language
from plion.text.profiles import NEWEST, PROFILES
from plion.text.steps import LOCAL, Steps

PLAIN = "strict-1"  # the profile of plain training targets; it never follows a newer one
_MARK = "\ue000"  # of private use: between texts, as no step changes it


def normalize(text: str, language: Language, profile: str = "strict") -> str:
    """A text as it is compared under a profile; `strict` names the newest strict one.

    Raises InputError for a profile that does not exist, and for a language that it is refused in.
    """
    for step in profile_steps(language, profile).values():
        text = step(text)
    return text


def normalize_all(texts: Sequence[str], language: Language, profile: str = "strict") -> list[str]:
    """As `normalize` each, at once where no step of the profile looks beyond a text's ends."""
    steps = profile_steps(language, profile)
    joined = f" {_MARK} ".join(texts)
    if not LOCAL.issuperset(steps.values()) or joined.count(_MARK) != len(texts) - 1:
        return [normalize(text, language, profile) for text in texts]
    for step in steps.values():
        joined = step(joined)
    return [text.strip(" ") for text in joined.split(_MARK)]


def spelled(text: str, language: Language, style: str) -> str:
    """A transcript as the model is trained to write it, by `data.target_text`.

    `verbatim` returns it as it is; `plain` normalises it, which removes the capitals of one corpus
    and the punctuation of another.
    """
    return normalize(text, language, PLAIN) if style == "plain" else text


def explain(text: str, language: Language, profile: str = "strict") -> list[tuple[str, str]]:
    """The name of every step of `normalize`, with the text after it."""
    made = []
    for name, step in profile_steps(language, profile).items():
        text = step(text)
        made.append((name, text))
    return made


@cache  # asked for at every text
def profile_steps(language: Language, profile: str) -> Steps:
    """The steps of a profile in a language, in order; raises InputError as `normalize`."""
    name = resolve_profile(profile)
    if (why := PROFILES[name].refusal(language)) is not None:
        raise InputError(f"profile '{name}' is refused in {language.key}: {why}")
    return PROFILES[name].steps(language)


def resolve_profile(name: str) -> str:
    """The versioned name of a profile; raises InputError, suggesting the nearest, if unknown."""
    name = NEWEST.get(name, name)
    if name not in PROFILES:
        raise InputError(f"unknown profile '{name}' {suggest(name, [*NEWEST, *PROFILES])}")
    return name


def sentence(remark: str) -> str:
    """A profile's remark as a sentence: capitalised, with a full stop."""
    return f"{remark[0].upper()}{remark[1:]}."
