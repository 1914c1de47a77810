"""The tables of `plion score`: errors by benchmark and language, and faults, with their notes."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from plion.scoring.confusion import Teller, confusion
from plion.scoring.counts import UtteranceCounts, count
from plion.scoring.fault_table import FAULTS, fault_cells, faults_note
from plion.scoring.faults import faults
from plion.scoring.hypotheses import PAPER, listed
from plion.scoring.scorecard import Scorecard, Scored
from plion.scoring.statistics.averages import LANGUAGE_MEAN, MACRO, SPREAD, WORST_LANGUAGE
from plion.scoring.statistics.bootstrap import Sample
from plion.scoring.statistics.clusters import MINIMUM
from plion.scoring.statistics.estimate import FEW, Interval, ends
from plion.scoring.statistics.intervals import REPLICATES, contrast
from plion.scoring.statistics.rate import PICKED_NOTE, few_note, printed, rate_of, unknown_notes
from plion.text.languages import Languages, Metric
from plion.text.normalize import sentence
from plion.text.profiles import PROFILES
from plion.typesetting.table import Table

_HEADER = (
    "benchmark", "language", "metric", "rate", "interval", "S", "D", "I", "tokens", "n",
    "resampled",
)  # fmt: skip
# By second metric: the header of its column, and what it counts.
_BY: dict[Metric | None, tuple[str, str]] = {
    "wer": ("by word", "word"),
    "cer": ("by character", "character"),
    "gcer": ("by cluster", "grapheme cluster"),
    "mer": ("mixed", "Han character and other word"),
}


def card_tables(card: Scorecard) -> list[Table]:
    """The tables of a scorecard, in order of printing."""
    return [_errors(card), _languages(card), _faults(card)]


def _errors(card: Scorecard) -> Table:
    rows = [_row(one) for one in card.scored]
    rows.append(["macro average", "", "", *_rate(card.macro), *[""] * 6])
    title = f"Errors in percent of the references' tokens, profile {card.profile}"
    return Table(title, _HEADER, rows, list(_notes(card)), words=3)


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
        one.clusters.described,
    ]


def _rate(found: Interval | None) -> list[str]:
    if found is None:
        return ["", ""]
    return [f"{found.estimate:.2f}", ends(found.low, found.high, few=found.few)]


def _languages(card: Scorecard) -> Table:
    """Each language's mean rate, the mean of these, the worst, and their spread."""
    found = card.languages
    known = Languages(one.transcribed.language for one in card.scored)
    named = {key: known[key].name for key in found if key in known}
    if worst := found.get(WORST_LANGUAGE):
        named |= {
            LANGUAGE_MEAN: "mean of the languages",
            WORST_LANGUAGE: f"worst: {known[worst.language].name}",
            SPREAD: "spread",
        }
    of = [one.transcribed.language.key for one in card.scored if one.interval is not None]
    rows = [
        [
            name,
            f"{own.value:.2f}",
            ends(own.low, own.high, few=own.few),
            str(of.count(own.language) or len(of)),
        ]
        for key, name in named.items()
        if (own := found.get(key))
    ]
    note = (
        "Plain means over a language's n test sets; spread: the highest minus the lowest. "
        f"{PICKED_NOTE}"
    )
    notes = [note, *few_note(row[2:3] for row in rows)]
    notes += unknown_notes((name, found[key]) for key, name in named.items() if key in found)
    header = ["language", "rate", "interval", "n"]
    return Table("Error by language, in percent", header, rows, notes)


def _faults(card: Scorecard) -> Table:
    """A line per benchmark, with its error by the second metric of its language."""
    second = {_second(one): None for one in card.scored if _second(one)}
    teller = Teller(one.transcribed.language for one in card.scored)
    rows = [
        [
            one.transcribed.key,
            *_fault_cells(one, teller),
            _rated(one, one.utterances, one.utterances.capped_errors),
            *(_by(one, metric, card.profile) for metric in second),
        ]
        for one in card.scored
    ]
    header = ["benchmark", *FAULTS, "capped", *(_BY[metric][0] for metric in second)]
    pairs = [(one.transcribed.language.key, text) for one in card.scored for text in one.references]
    told = teller.described([language for language, _ in pairs], [text for _, text in pairs])
    notes = [faults_note(1), f"Languages are identified {told}."]
    notes += [_second_note(card, metric) for metric in second]
    notes += few_note(row[1 + len(FAULTS) :] for row in rows)
    return Table("Faults of the transcripts", header, rows, notes)


def _fault_cells(one: Scored, teller: Teller) -> list[str]:
    language, texts = one.transcribed.language, one.transcribed.texts
    found = faults(one.references, texts, language, one.utterances)
    taken = confusion([language.key] * len(texts), [None] * len(texts), texts, teller)
    return fault_cells([found], taken)


def _second(one: Scored) -> Metric | None:
    """The second metric of a benchmark's language, unless it is scored by that already."""
    language = one.transcribed.language
    return None if language.second_metric == language.metric else language.second_metric


def _by(one: Scored, metric: Metric | None, profile: str) -> str:
    """A benchmark's rate by a second metric, if that is its language's."""
    language, texts = one.transcribed.language, one.transcribed.texts
    if metric is None or _second(one) != metric:
        return ""
    counted = count(one.references, texts, language, metric, profile=profile)
    return _rated(one, counted, counted.errors)


def _second_note(card: Scorecard, metric: Metric | None) -> str:
    names = {one.transcribed.language.name: None for one in card.scored if _second(one) == metric}
    header, unit = _BY[metric]
    return f"{header}: {', '.join(names)}'s rate by {unit}."


def _rated(one: Scored, counted: UtteranceCounts, errors: NDArray[np.int64]) -> str:
    """A benchmark's rate, with its interval, for these errors instead of its own."""
    if not counted.lengths.any():
        return ""
    sample = Sample(one.transcribed.key, errors[None], counted.lengths, one.clusters)
    return printed(rate_of(contrast([sample])))


def _notes(card: Scorecard) -> Iterator[str]:
    yield (
        "S substitutions, D deletions, I insertions, aligned as by jiwer; n utterances. "
        f"Macro average: plain mean over {_plural(_covered(card), 'benchmark')}."
    )
    yield _coverage(card)
    intervals = [one.interval for one in card.scored]
    few = [found for found in [*intervals, card.macro] if found is not None and found.few]
    yield (
        f"95 % intervals: {REPLICATES:,} bootstrap replicates of the resampled clusters"
        + (f"; {FEW} fewer than {MINIMUM} clusters, by Student's t." if few else ".")
    )
    named = [*((one.transcribed.key, one.interval) for one in card.scored), (MACRO, card.macro)]
    yield from unknown_notes([(name, found) for name, found in named if found])
    languages = dict.fromkeys(one.transcribed.language for one in card.scored)
    for remark in filter(None, map(PROFILES[card.profile].remark, languages)):
        yield sentence(remark)
    for one in card.scored:
        yield from _exceptions(one, dropped=PROFILES[card.profile].drops_empty)
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


def _exceptions(one: Scored, *, dropped: bool) -> Iterator[str]:
    key = one.transcribed.key
    if one.transcribed.missing:
        yield f"{key}: no hypothesis, scored as empty: {_counted(one.transcribed.missing)}."
    if one.empty:
        what = "not scored" if dropped else "their hypotheses count as insertions"
        yield f"{key}: empty references, {what}: {_counted(one.empty)}."


def _counted(ids: Sequence[str]) -> str:
    return f"{len(ids):,} ({listed(ids)})"


def _plural(names: Sequence[str], word: str) -> str:
    return f"{len(names)} {word}" + ("" if len(names) == 1 else "s")
