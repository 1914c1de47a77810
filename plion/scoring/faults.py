"""What is wrong with transcripts apart from words misheard: empty, in a loop, in another script.

An error rate does not tell a model that hears badly from one that answers in the wrong language or
that says a word over and over until it is stopped. These rates do.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from plion.scoring.counts import Counts, UtteranceCounts
from plion.text.evalkit import collapse_repetitions
from plion.text.languages import language as known_language
from plion.text.scripts import script

LOOP = "more than 20 equal characters in a row, or 20 or more of a pattern of up to 20"
RIGHT, WRONG, EMPTY = SCRIPTS = ("right", "wrong", "empty")


@dataclass(frozen=True)
class Faults:
    """Faults of some transcripts. Additive.

    length: tokens of all hypotheses. empty: hypotheses of no token to a reference that has some.
    loops: those that repeat themselves (LOOP, as the `qwen-asr` package has it). wrong_script: see
    `by_script`. capped: the counts, errors capped at each reference's length.
    """

    utterances: int
    length: int
    empty: int
    loops: int
    wrong_script: int
    capped: Counts

    @property
    def length_ratio(self) -> float | None:
        """Tokens of the hypotheses to one of the references; None without any."""
        tokens = self.capped.reference_length
        return self.length / tokens if tokens else None

    def __add__(self, other: "Faults") -> "Faults":
        """The faults of both together."""
        return Faults(
            self.utterances + other.utterances,
            self.length + other.length,
            self.empty + other.empty,
            self.loops + other.loops,
            self.wrong_script + other.wrong_script,
            self.capped + other.capped,
        )


def faults(
    references: Sequence[str], texts: Sequence[str], language: str, counted: UtteranceCounts
) -> Faults:
    """The faults of texts as they were given, not normalised; `counted`: what `count` made of them.

    Raises InputError for an unknown language.
    """
    scripts = by_script(references, texts, language, counted)
    return Faults(
        utterances=len(texts),
        length=int(counted.said.sum()),
        empty=scripts.count(EMPTY),
        loops=sum(collapse_repetitions(text) != text for text in texts),
        wrong_script=scripts.count(WRONG),
        capped=counted.pooled(capped=True),
    )


def by_script(
    references: Sequence[str], texts: Sequence[str], language: str, counted: UtteranceCounts
) -> list[str]:
    """Of each text whether it is in the `right` or the `wrong` script, or wrongly `empty`.

    Wrong is a script that is neither the language's own nor the one most words of the reference are
    in: a reference of Latin names alone may be answered in Latin letters.
    """
    own = known_language(language).script
    empty = ((counted.said == 0) & (counted.lengths > 0)).tolist()
    return [
        EMPTY if is_empty else _script(reference, text, own)
        for reference, text, is_empty in zip(references, texts, empty, strict=True)
    ]


def _script(reference: str, text: str, own: str) -> str:
    return RIGHT if script(text, own) in (None, own, script(reference, own)) else WRONG
