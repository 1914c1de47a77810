"""Print an audit: a table of facts, a table of what test shares with train, and the findings."""

import textwrap
from collections.abc import Iterable, Sequence

from plion.data.audit.audit import Audit
from plion.data.audit.facts import Facts
from plion.data.audit.findings import findings
from plion.data.audit.outliers import DEVIATIONS, FACTOR
from plion.data.audit.overlaps import CLASSES, Overlap
from plion.typesetting.formats import tabulated

_WIDTH = 120
_NONE = "-"
_FACTS = (
    "corpus part utts hours speakers texts empty digits Latin foreign unseen length speed copies"
)
_FACTS_NOTE = (
    "texts: different normalised texts. Numbers of utterances with: empty: no word to recognise; "
    "digits: digits; Latin: Latin letters in a language of another script; foreign: letters of any "
    "other script; unseen: control, zero-width or replacement characters; length, speed: seconds, "
    f"or characters per second, more than {DEVIATIONS:g} robust standard deviations (of the "
    f"logarithm) and a factor of {FACTOR:g} off the median; copies: audio that another utterance "
    "of the part has too."
)
_OVERLAP = f"corpus speakers sentences audio {' '.join(CLASSES)}"
_OVERLAP_NOTE = (
    "What test shares with train: speakers, with the corpus's own train part; utterances by "
    "normalised sentence and by audio, with the train part of any corpus. On the right, test "
    "utterances by class: neither, their speaker, their sentence or both are in train. If speakers "
    "are unknown, only the sentence decides."
)


def render_audit(audit: Audit) -> str:
    """The audit as text: two tables in 120 columns, and the findings below them."""
    parts = [
        _table(_FACTS, map(_facts_row, audit.facts), words=2),
        textwrap.fill(_FACTS_NOTE, _WIDTH),
    ]
    tested = [o for o in audit.overlaps if (o.part, o.seen) == ("test", "train")]
    if tested:
        parts += [
            _table(_OVERLAP, (_overlap_row(overlap, audit) for overlap in tested), words=1),
            textwrap.fill(_OVERLAP_NOTE, _WIDTH),
        ]
    found = [
        textwrap.fill(line, _WIDTH, subsequent_indent="  ", break_long_words=False)
        for line in findings(audit)
    ]
    return "\n\n".join([*parts, "\n".join(found) or "nothing shared and nothing odd was found"])


def _facts_row(facts: Facts) -> list[str]:
    odd = (
        facts.empty,
        facts.digits,
        facts.mixed,
        facts.foreign,
        facts.unseen,
        facts.length,
        facts.speed,
        facts.copies,
    )
    return [
        facts.dataset,
        facts.part,
        f"{facts.utterances:,}",
        f"{facts.hours:.2f}",
        f"{facts.speakers:,}" if facts.speakers else "unknown",
        f"{facts.sentences:,}",
        *(_count(len(oddity)) for oddity in odd),
    ]


def _overlap_row(overlap: Overlap, audit: Audit) -> list[str]:
    speakers = "unknown"
    if overlap.speakers is not None:
        speakers = f"{overlap.speakers:,} of {overlap.of_speakers:,}"
    given = list(audit.classes[overlap.dataset].values())
    return [
        overlap.dataset,
        speakers,
        _count(overlap.by_sentence),
        _count(overlap.by_audio),
        *(_count(given.count(name)) for name in CLASSES),
    ]


def _count(count: int) -> str:
    return f"{count:,}" if count else _NONE


def _table(header: str, rows: Iterable[Sequence[str]], words: int) -> str:
    """A plain table; the first `words` columns hold text, the others figures."""
    names = header.split(" ")
    return tabulated(names, list(rows), words)
