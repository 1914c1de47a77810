"""Which language a model took speech for, beside the one it is in.

Where the model names a language, that is it. Where it names none, as one trained without tags, the
script of its output tells Han and Tamil, and English is told from Malay by the identifier py3langid
(Lui and Baldwin, "langid.py: an off-the-shelf language identification tool", ACL 2012), which knows
of nothing else here. It errs, most of all on a word or two, so beside what it says belongs how well
it tells the references (`how_told`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from plion.text.languages import LANGUAGES
from plion.text.scripts import script
from plion.text.steps import fold_case

OTHER = "other"
UNTOLD = "untold"  # nothing was said, or nothing that tells
HEARD = (*LANGUAGES, OTHER, UNTOLD)
LATIN = ("en", "ms")  # those that the script does not tell apart
_NAMED = {row.name.casefold(): row.key for row in LANGUAGES.values()}
_BY_SCRIPT = {row.script: row.key for row in LANGUAGES.values() if row.key not in LATIN}


@dataclass(frozen=True)
class Confusion:
    """Utterances by the language they are in and the one they were taken for.

    counts: by language, and then by one of HEARD. named: by language, utterances whose language the
    model named; the others were told by their text.
    """

    counts: Mapping[str, Counter[str]]
    named: Mapping[str, int]

    @property
    def utterances(self) -> int:
        """How many there are."""
        return sum(taken.total() for taken in self.counts.values())

    @property
    def confused(self) -> int:
        """How many were taken for another language than theirs; those untold are not."""
        right = sum(taken[language] + taken[UNTOLD] for language, taken in self.counts.items())
        return self.utterances - right


def confusion(
    languages: Iterable[str], named: Iterable[str | None], texts: Iterable[str]
) -> Confusion:
    """What utterances in these languages were taken for.

    `named`: the language that the model named, in its own words or by the project's key, or None.
    """
    counts: dict[str, Counter[str]] = {}
    given = Counter[str]()
    for language, name, text in zip(languages, named, texts, strict=True):
        given[language] += bool(name)
        counts.setdefault(language, Counter())[taken_for(name, text)] += 1
    met = [key for key in LANGUAGES if key in counts]
    return Confusion({key: counts[key] for key in met}, {key: given[key] for key in met})


def taken_for(named: str | None, text: str) -> str:
    """The language that a model named, else the one its text tells: one of HEARD."""
    return named_language(named) or told(text)


def named_language(name: str | None) -> str | None:
    """The key of a language named in the model's words, `other` for none of the four."""
    if not name:
        return None
    folded = name.strip().casefold()
    return folded if folded in LANGUAGES else _NAMED.get(folded, OTHER)


def told(text: str) -> str:
    """The language of a text from its script, and of one in Latin script from its letters."""
    written = script(text)
    if written is None:
        return UNTOLD
    if written == "Latin":
        return _latin(fold_case(text))
    return _BY_SCRIPT.get(written, OTHER)


def how_told(languages: Sequence[str], references: Sequence[str]) -> str:
    """How languages are told from texts, and how well so from these references."""
    latin = [pair for pair in zip(languages, references, strict=True) if pair[0] in LATIN]
    found = confusion([own for own, _ in latin], [None] * len(latin), [text for _, text in latin])
    errors = [
        f"{100 * (1 - taken[own] / taken.total()):.1f} % of {LANGUAGES[own].name}"
        for own, taken in found.counts.items()
    ]
    told_by = "by their script, and English or Malay by the identifier py3langid"
    if not errors:
        return told_by
    return f"{told_by}, which mistakes or cannot tell {' and '.join(errors)} references"


@cache  # texts recur from run to run
def _latin(text: str) -> str:
    (first, most), (_, second) = _identifier().rank(text)
    return first if most > second else UNTOLD


@cache  # its tables are read where they are needed
def _identifier() -> Any:
    from py3langid import langid

    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
    identifier.set_languages(list(LATIN))
    return identifier
