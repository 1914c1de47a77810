"""An audit as it is printed: what is there, what test shares with train, and a line a finding."""

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
    "texts: different ones, normalised. Utterances with: empty: no word to recognise; Latin: Latin "
    "letters beside another script; foreign: letters of a script that is not the language's; "
    "unseen: control, zero-width or replacement characters; length, speed: seconds, or characters "
    f"a second, more than {DEVIATIONS:g} robust standard deviations (of the logarithm) and "
    f"{FACTOR:g} times off the median; copies: audio that occurs again in the same part."
)
_OVERLAP = f"corpus speakers sentences audio {' '.join(CLASSES)}"
_OVERLAP_NOTE = (
    "What of test is also in train: speakers, in that of the corpus; utterances whose sentence "
    "(normalised) or audio is, in that of any corpus. On the right, utterances by class: neither, "
    "their speaker, their sentence, or both are there. Where speakers are unknown, the sentence "
    "decides alone."
)


def render_audit(audit: Audit) -> str:
    """Two tables in 120 columns, and the findings below them."""
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
    """The first columns hold words, the others figures."""
    names = header.split(" ")
    return tabulated(names, list(rows), words)
