"""Language confusion: the language a model took speech for, against the true one.

Uses the language that the model names. If it names none (trained without tags), the script of its
output identifies Chinese and Tamil, and py3langid, restricted to the two, tells English from Malay
(Lui and Baldwin, "langid.py: an off-the-shelf language identification tool", ACL 2012). It makes
errors, mostly on outputs of a word or two, so `how_told` reports its error on the references.
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
UNTOLD = "untold"  # empty output, or output that identifies no language
HEARD = (*LANGUAGES, OTHER, UNTOLD)
LATIN = ("en", "ms")  # languages that share a script
_NAMED = {row.name.casefold(): row.key for row in LANGUAGES.values()}
_BY_SCRIPT = {row.script: row.key for row in LANGUAGES.values() if row.key not in LATIN}


@dataclass(frozen=True)
class Confusion:
    """Numbers of utterances by true language and language taken for.

    counts: by true language, then by one of HEARD. named: by true language, utterances whose
    language the model named itself; for the others it was identified from the text.
    """

    counts: Mapping[str, Counter[str]]
    named: Mapping[str, int]

    @property
    def utterances(self) -> int:
        """Number of utterances."""
        return sum(taken.total() for taken in self.counts.values())

    @property
    def confused(self) -> int:
        """Number of utterances taken for a wrong language; `untold` ones do not count."""
        right = sum(taken[language] + taken[UNTOLD] for language, taken in self.counts.items())
        return self.utterances - right


def confusion(
    languages: Iterable[str], named: Iterable[str | None], texts: Iterable[str]
) -> Confusion:
    """Count what utterances were taken for.

    `languages`: the true language keys; `named`: the language named by the model, as its name or as
    a key, or None; `texts`: the transcripts. All of one length.
    """
    counts: dict[str, Counter[str]] = {}
    given = Counter[str]()
    for language, name, text in zip(languages, named, texts, strict=True):
        given[language] += bool(name)
        counts.setdefault(language, Counter())[taken_for(name, text)] += 1
    met = [key for key in LANGUAGES if key in counts]
    return Confusion({key: counts[key] for key in met}, {key: given[key] for key in met})


def taken_for(named: str | None, text: str) -> str:
    """The language that the model named, else the one identified from its text: one of HEARD."""
    return named_language(named) or told(text)


def named_language(name: str | None) -> str | None:
    """The key of a language that the model named; `other` if it is not in LANGUAGES."""
    if not name:
        return None
    folded = name.strip().casefold()
    return folded if folded in LANGUAGES else _NAMED.get(folded, OTHER)


def told(text: str) -> str:
    """The language of a text, from its script and, in Latin script, by py3langid: one of HEARD."""
    written = script(text)
    if written is None:
        return UNTOLD
    if written == "Latin":
        return _latin(fold_case(text))
    return _BY_SCRIPT.get(written, OTHER)


def how_told(languages: Sequence[str], references: Sequence[str]) -> str:
    """How languages are identified from texts, with the error on these references, for a note.

    Continues a sentence such as "Languages are identified ...".
    """
    latin = [pair for pair in zip(languages, references, strict=True) if pair[0] in LATIN]
    found = confusion([own for own, _ in latin], [None] * len(latin), [text for _, text in latin])
    errors = [
        f"{100 * (1 - taken[own] / taken.total()):.1f} % of {LANGUAGES[own].name}"
        for own, taken in found.counts.items()
    ]
    told_by = "by script, and English and Malay by py3langid"
    if not errors:
        return told_by
    return f"{told_by}, which fails on {' and '.join(errors)} references"


@cache  # texts recur from run to run
def _latin(text: str) -> str:
    (first, most), (_, second) = _identifier().rank(text)
    return first if most > second else UNTOLD


@cache  # loads its model only when needed
def _identifier() -> Any:
    from py3langid import langid

    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
    identifier.set_languages(list(LATIN))
    return identifier
