"""Faults of transcripts beyond misrecognised words: empty, looping, in the wrong script.

An error rate cannot distinguish a model that recognises badly from one that answers in the wrong
language or repeats a word until the decoding limit. These rates can.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from plion.scoring.counts import UtteranceCounts
from plion.text.evalkit import collapse_repetitions
from plion.text.languages import Language
from plion.text.scripts import Writing, has_foreign, script
from plion.text.shipped import candidates

LOOP = "more than 20 equal characters in a row, or 20 or more of a pattern of up to 20"
_REPEATS = 20
RIGHT, WRONG, EMPTY = SCRIPTS = ("right", "wrong", "empty")


@dataclass(frozen=True)
class Faults:
    """Numbers of faulty transcripts; `+` pools two.

    length: tokens of all hypotheses; tokens: of all references. empty: hypotheses without a token
    for a reference with some. loops: hypotheses with a repetition (LOOP, the rule of the `qwen-asr`
    package). wrong_script: see `by_script`.
    """

    utterances: int
    length: int
    tokens: int
    empty: int
    loops: int
    wrong_script: int

    @property
    def length_ratio(self) -> float | None:
        """Hypothesis tokens divided by reference tokens; None without reference tokens."""
        return self.length / self.tokens if self.tokens else None

    def __add__(self, other: "Faults") -> "Faults":
        """The pooled faults of both."""
        return Faults(
            self.utterances + other.utterances,
            self.length + other.length,
            self.tokens + other.tokens,
            self.empty + other.empty,
            self.loops + other.loops,
            self.wrong_script + other.wrong_script,
        )


def faults(
    references: Sequence[str], texts: Sequence[str], language: Language, counted: UtteranceCounts
) -> Faults:
    """The faults of texts as they were given, not normalised; `counted`: by `count`."""
    scripts = by_script(references, texts, language, counted)
    return Faults(
        utterances=len(texts),
        length=int(counted.said.sum()),
        tokens=int(counted.lengths.sum()),
        empty=scripts.count(EMPTY),
        loops=sum(map(_loops, texts)),
        wrong_script=scripts.count(WRONG),
    )


def by_script(
    references: Sequence[str], texts: Sequence[str], language: Language, counted: UtteranceCounts
) -> list[str]:
    """Whether each text is in the `right` or the `wrong` script, or wrongly `empty`.

    Right is the language's own script and the main script of the reference: for a reference of
    Latin names only, Latin letters are right too.
    """
    others = (text for text, own in zip(texts, references, strict=True) if text != own)
    all_right = not has_foreign("\n".join(others), language.script)
    empty = ((counted.said == 0) & (counted.lengths > 0)).tolist()
    if all_right:
        return [EMPTY if is_empty else RIGHT for is_empty in empty]
    writings = tuple(row.script for row in candidates([language]))
    return [
        EMPTY if is_empty else RIGHT if _fits(reference, text, language.script, writings) else WRONG
        for reference, text, is_empty in zip(references, texts, empty, strict=True)
    ]


def _fits(reference: str, text: str, own: Writing, writings: Sequence[Writing]) -> bool:
    if text == reference or not has_foreign(text, own):
        return True
    return script(text, writings, own) in (None, own, script(reference, writings, own))


def _loops(text: str) -> bool:
    # What is repeated covers a place in 20, and is there 20 times: faster than to search for it.
    if len(text) < _REPEATS:
        return False
    for one in text[::_REPEATS]:
        if text.count(one) >= _REPEATS:
            return collapse_repetitions(text) != text
    return False
