"""Refuse a corpus of which too many rows are broken or too much audio is missing or damaged."""

from plion.data.corpora.corpus import MISSING, Corpus
from plion.data.corpora.lines import BROKEN
from plion.data.preparing.measured import EMPTY, NO_AUDIO, NOT_OPENED, NOT_WHOLE
from plion.data.preparing.rows import Rows
from plion.errors import InputError

FEW = 10  # rows that may be broken or empty in a corpus of any size


def refuse_broken(corpus: Corpus, rows: Rows, most: int | None) -> None:
    """Raise InputError for more than `most` broken rows (None: 10 or 1 % of all)."""
    broken = rows.left_out.get(BROKEN)
    if broken and broken.count > (_few(rows) if most is None else most):
        raise InputError(
            f"{corpus.key}: of {rows.listed:,} rows {broken.count:,} are broken, the first "
            f"{broken.first}; --skip-broken {broken.count} leaves them out"
        )


def _few(rows: Rows) -> float:
    return max(FEW, MISSING * rows.listed)


def refuse_incomplete(corpus: Corpus, rows: Rows, most: int | None, advice: str) -> None:
    """Raise InputError if too much audio is missing or damaged, or no utterance is left.

    `most`: allowed number of such utterances, in any case 1 % of all; `advice`: ends the message.
    """
    reasons = [NOT_OPENED, NOT_WHOLE] if corpus.gaps else [NO_AUDIO, NOT_OPENED, NOT_WHOLE]
    if EMPTY in rows.left_out and rows.left_out[EMPTY].count > _few(rows):
        reasons.append(EMPTY)  # publishers ship a few empty files themselves
    found = [(reason, rows.left_out[reason]) for reason in reasons if reason in rows.left_out]
    lost = sum(one.count for _, one in found)
    if lost > max(MISSING * rows.listed, most or 0):
        trouble = "; ".join(
            f"{one.count:,} {reason}, the first {one.first}" for reason, one in found
        )
        raise InputError(
            f"{corpus.key}: of {rows.listed:,} utterances {trouble}. Is the download or extraction "
            f"unfinished? If not, --skip-broken {lost} leaves them out{advice}"
        )
    if not len(rows):
        why = [
            f"{one.count:,} {reason}, the first {one.first}"
            for reason, one in rows.left_out.items()
        ]
        raise InputError(
            f"{corpus.key}: no utterances left ({', '.join(why) or 'none listed'}){advice}"
        )
