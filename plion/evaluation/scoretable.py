"""A scorecard as it is printed: a line a benchmark, and what is to be known of the figures."""

import textwrap
from collections.abc import Iterator, Sequence

import tabulate

from plion.errors import printable
from plion.evaluation.blocks import MINIMUM
from plion.evaluation.certainty import FEW, REPLICATES, Interval, alone_note, ends
from plion.evaluation.faulttable import faults_note, faults_table, languages_line
from plion.evaluation.hypotheses import PAPER, listed
from plion.evaluation.normalize import PROFILES
from plion.evaluation.scorecard import Scorecard, Scored

tabulate.MIN_PADDING = 0  # its two spaces beside a header, on top of those between columns
_WIDTH = 120
_HEADER = (
    "benchmark", "language", "metric", "rate", "95 % interval", "S", "D", "I", "tokens", "n",
    "resampled",
)  # fmt: skip
_ALIGN = ["left"] * 3 + ["right"] * 7 + ["left"]


def render(card: Scorecard) -> str:
    """Two tables in some 120 columns, the errors and the faults, each with notes below it."""
    rows = [_row(one) for one in card.scored]
    rows.append(["macro average", "", "", *_rate(card.macro), *[""] * 6])
    table = tabulate.tabulate(rows, _HEADER, "simple", colalign=_ALIGN, disable_numparse=True)
    notes = map(_fill, _notes(card))
    return printable(
        "\n".join([table, "", *notes, "", faults_table(card), "", _fill(faults_note(card))])
    )


def _fill(note: str) -> str:
    return textwrap.fill(note, _WIDTH, subsequent_indent="  ", break_long_words=False)


def _row(one: Scored) -> list[str]:
    counts, language = one.counts, one.transcribed.language
    figures = (
        counts.substitutions, counts.deletions, counts.insertions, counts.reference_length,
        counts.n_utterances,
    )  # fmt: skip
    return [
        one.transcribed.key,
        language.key,
        language.metric.upper(),
        *_rate(one.interval),
        *(f"{figure:,}" for figure in figures),
        one.blocks.described,
    ]


def _rate(found: Interval | None) -> list[str]:
    if found is None:
        return ["", ""]
    return [f"{found.estimate:.2f}", ends(found.low, found.high, found.few)]


def _notes(card: Scorecard) -> Iterator[str]:
    yield (
        f"Errors in percent of the references' tokens under profile {card.profile}: S substituted, "
        "D deleted, I inserted, as jiwer aligns; n utterances. "
        f"Macro average: plain mean over {_plural(_covered(card), 'benchmark')}."
    )
    yield _coverage(card)
    yield languages_line(card)
    intervals = [one.interval for one in card.scored]
    few = [found for found in [*intervals, card.macro] if found is not None and found.few]
    yield (
        f"Intervals: {REPLICATES:,} bootstrap replicates of what is resampled"
        + (f"; {FEW} of fewer than {MINIMUM}, by Student's t." if few else ".")
    )
    if alone := [
        one.transcribed.key for one in card.scored if one.interval and not one.interval.known
    ]:
        yield alone_note(alone)
    languages = dict.fromkeys(one.transcribed.language.key for one in card.scored)
    for remark in filter(None, map(PROFILES[card.profile].remarks.get, languages)):
        yield f"{remark[0].upper()}{remark[1:]}."
    for one in card.scored:
        yield from _exceptions(one, PROFILES[card.profile].drops_empty)
    if card.extra:
        yield f"Ignored, without a reference: {_counted(card.extra)}."


def _covered(card: Scorecard) -> Sequence[str]:
    return [one.transcribed.key for one in card.scored if one.interval is not None]


def _coverage(card: Scorecard) -> str:
    found = _covered(card)
    lacking = [key for key in PAPER if key not in found]
    others = [key for key in found if key not in PAPER]
    text = f"Covers {len(PAPER) - len(lacking)} of the paper's {len(PAPER)} benchmarks"
    if lacking and len(lacking) < len(PAPER):
        text += f", not {', '.join(lacking)}"
    return text + (f"; others: {', '.join(others)}." if others else ".")


def _exceptions(one: Scored, dropped: bool) -> Iterator[str]:
    key = one.transcribed.key
    if one.transcribed.missing:
        yield f"{key}: scored as empty, without a hypothesis: {_counted(one.transcribed.missing)}."
    if one.empty:
        what = "not scored" if dropped else "all that is said there is inserted"
        yield f"{key}: empty references, {what}: {_counted(one.empty)}."


def _counted(ids: Sequence[str]) -> str:
    return f"{len(ids):,} ({listed(ids)})"


def _plural(names: Sequence[str], word: str) -> str:
    return f"{len(names)} {word}" + ("" if len(names) == 1 else "s")
