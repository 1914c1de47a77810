"""The tables of `plion score`: errors by benchmark and language, and faults, with their notes."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from plion.scoring.confusion import confusion, how_told
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
from plion.text.languages import LANGUAGES
from plion.text.normalize import PROFILES, sentence
from plion.typesetting.table import Table

_HEADER = (
    "benchmark", "language", "metric", "rate", "interval", "S", "D", "I", "tokens", "n",
    "resampled",
)  # fmt: skip


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
    named = {key: LANGUAGES[key].name for key in found if key in LANGUAGES}
    if worst := found.get(WORST_LANGUAGE):
        named |= {
            LANGUAGE_MEAN: "mean of the languages",
            WORST_LANGUAGE: f"worst: {LANGUAGES[worst.language].name}",
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
    """One row per benchmark; for Tamil also the error rate by grapheme cluster."""
    beside = any(_has_beside(one) for one in card.scored)
    rows = [
        [
            one.transcribed.key,
            *_fault_cells(one),
            _rated(one, one.utterances, one.utterances.capped_errors),
        ]
        + ([_by_cluster(one, card.profile)] if beside else [])
        for one in card.scored
    ]
    header = ["benchmark", *FAULTS, "capped", *(["by cluster"] if beside else [])]
    pairs = [(one.transcribed.language.key, text) for one in card.scored for text in one.references]
    told = how_told([language for language, _ in pairs], [text for _, text in pairs])
    notes = [faults_note(1), f"Languages are identified {told}."]
    if beside:
        notes.append("by cluster: Tamil's error rate by grapheme cluster.")
    notes += few_note(row[1 + len(FAULTS) :] for row in rows)
    return Table("Faults of the transcripts", header, rows, notes)


def _fault_cells(one: Scored) -> list[str]:
    language, texts = one.transcribed.language.key, one.transcribed.texts
    found = faults(one.references, texts, language, one.utterances)
    return fault_cells([found], confusion([language] * len(texts), [None] * len(texts), texts))


def _has_beside(one: Scored) -> bool:
    language = one.transcribed.language
    return language.beside not in (None, language.metric)


def _by_cluster(one: Scored, profile: str) -> str:
    language, texts = one.transcribed.language, one.transcribed.texts
    if not language.beside or not _has_beside(one):
        return ""
    counted = count(one.references, texts, language.key, language.beside, profile=profile)
    return _rated(one, counted, counted.errors)


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
    languages = dict.fromkeys(one.transcribed.language.key for one in card.scored)
    for remark in filter(None, map(PROFILES[card.profile].remarks.get, languages)):
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
