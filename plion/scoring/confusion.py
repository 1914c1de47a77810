"""Which language a model took speech for, beside the one it is in.

Uses the language that the model names. If it names none (trained without tags), the script of its
output identifies the language; languages of one script are told apart by py3langid, restricted to
them (Lui and Baldwin, "langid.py: an off-the-shelf language identification tool", ACL 2012). It
makes errors, mostly on outputs of a word or two, so `Teller.described` reports its error on the
references. A text is of no language if py3langid does not know all that it could be.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, repeat
from typing import Any

from plion.scoring.scored import Scored
from plion.text.languages import Language, Languages
from plion.text.scripts import OTHER, fitting
from plion.text.shipped import candidates, in_order
from plion.text.steps import fold_case

UNTOLD = "untold"  # nothing was said, or nothing that tells


@dataclass(frozen=True)
class Confusion:
    """Utterances by the language they are in and the one they were taken for.

    counts: by language, and then by one of `Teller.heard`. named: by language, utterances whose
    language the model named; the others were told by their text.
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


class Teller:
    """Tells which of some languages a transcript is in: the paper's, and `rows`, those in use."""

    def __init__(self, rows: Iterable[Language] = ()) -> None:
        self.languages = Languages(candidates(rows))
        self.heard = (*self.languages, OTHER, UNTOLD)
        self._writings = tuple(row.script for row in self.languages.values())

    def taken_for(self, named: str | None, text: str) -> str:
        """The language that a model named, else the one its text tells: one of `heard`."""
        return self.named(named) or self.told(text)

    def named(self, name: str | None) -> str | None:
        """The key of a language named in a model's words or by its key, `other` for no known one.

        None where none is named.
        """
        if not name:
            return None
        row = self.languages.named(name)
        return row.key if row else OTHER

    def told(self, text: str) -> str:
        """The language of a text from its script, and from its letters where several have that."""
        found = fitting(text, self._writings)
        keys = tuple(row.key for row in self.languages.values() if row.script in found)
        if len(keys) > 1:
            return _identified(fold_case(text), keys)
        return keys[0] if keys else OTHER if found else UNTOLD

    def described(self, languages: Sequence[str], references: Sequence[str]) -> str:
        """How languages are identified from texts, with the error on these references, for a note.

        Continues a sentence such as "Languages are identified ...".
        """
        groups = self._of_one_script()
        known = [keys for keys in groups if _identifier(keys)]
        listed = ", ".join(self._names(keys) for keys in known)
        said = "by script" + (f", and {listed} by py3langid" if known else "")
        if errors := self._errors({key for keys in known for key in keys}, languages, references):
            said += f", which fails on {' and '.join(errors)} references"
        apart = [self._names(keys) for keys in groups if keys not in known]
        return said + "".join(
            f"; {names} have one script and are not told apart" for names in apart
        )

    def _of_one_script(self) -> list[tuple[str, ...]]:
        """The keys of languages whose texts can be in one script, several each."""
        rows = self.languages.values()
        groups = {
            tuple(row.key for row in rows if set(writing) <= set(row.script))
            for writing in self._writings
        }
        return sorted((keys for keys in groups if len(keys) > 1), key=self._place)

    def _place(self, keys: Sequence[str]) -> int:
        return list(self.languages).index(keys[0])

    def _names(self, keys: Sequence[str]) -> str:
        return " and ".join(self.languages[key].name for key in keys)

    def _errors(
        self, told: Collection[str], languages: Sequence[str], references: Sequence[str]
    ) -> list[str]:
        """The percentage of references in each of the languages told that are not taken for it."""
        pairs = [pair for pair in zip(languages, references, strict=True) if pair[0] in told]
        own = [language for language, _ in pairs]
        found = confusion(own, [None] * len(pairs), [text for _, text in pairs], self)
        return [
            f"{100 * (1 - taken[key] / taken.total()):.1f} % of {self.languages[key].name}"
            for key, taken in found.counts.items()
        ]


def confusion(
    languages: Iterable[str], named: Iterable[str | None], texts: Iterable[str], teller: Teller
) -> Confusion:
    """What utterances in these languages were taken for.

    `named`: the language that the model named, in its own words or by the project's key, or None.
    """
    counts: dict[str, Counter[str]] = {}
    given = Counter[str]()
    pairs = list(zip(languages, named, strict=True))
    for (language, name), utterances in Counter(pairs).items():
        taken = counts.setdefault(language, Counter())
        if key := teller.named(name):
            given[language] += utterances
            taken[key] += utterances
    if given.total() < len(pairs):
        for (language, name), text in zip(pairs, texts, strict=True):
            if not name:
                counts[language][teller.told(text)] += 1
    met = in_order(counts)
    return Confusion({key: counts[key] for key in met}, {key: given[key] for key in met})


def set_confusion(sets: Sequence[Scored], teller: Teller) -> Confusion:
    """As `confusion`, of the utterances of test sets."""
    return confusion(
        chain.from_iterable(repeat(one.benchmark.language, len(one.rows)) for one in sets),
        chain.from_iterable(one.rows.column("language") for one in sets),
        chain.from_iterable(one.texts for one in sets),
        teller,
    )


@lru_cache(maxsize=2**16)  # texts recur from run to run
def _identified(text: str, keys: tuple[str, ...]) -> str:
    identifier = _identifier(keys)
    if identifier is None:
        return UNTOLD
    (first, most), (_, second), *_ = identifier.rank(text)
    return str(first) if most > second else UNTOLD


@lru_cache(maxsize=8)  # its tables, of some MB, are read where they are needed
def _identifier(keys: tuple[str, ...]) -> Any:
    """The identifier of these languages alone; None where it does not know them all."""
    from py3langid import langid

    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
    if not set(keys) <= set(identifier.nb_classes):
        return None
    identifier.set_languages(list(keys))
    return identifier
