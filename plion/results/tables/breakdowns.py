"""`plion results --by`: errors of a study by a property of the utterances."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from plion.results.analysis.rates import run_rates
from plion.results.analysis.seen_in_training import CLASSES, Seen, seen
from plion.results.reading.study import Run, Study
from plion.results.tables.confusion import confusion_table
from plion.results.tables.notes import intervals_note
from plion.scoring.breakdown import (
    DURATIONS,
    LENGTHS,
    UNKNOWN,
    by_duration,
    by_length,
    parts,
)
from plion.scoring.faults import SCRIPTS, by_script
from plion.scoring.statistics.averages import MACRO
from plion.scoring.statistics.rate import few_note, printed
from plion.typesetting.table import Table

By = Literal["speaker", "duration", "length", "class", "script", "language"]
Labels = Callable[[Run, str], Sequence[str]]  # of a run's utterances of one benchmark

_QUARTILES = {"lowest": 0, "quartile 1": 25, "median": 50, "quartile 3": 75, "highest": 100}
_SIZED = 4  # first columns: run, label, utterances, sets
_NAME = 24  # longest name of a speaker shown, in characters


def breakdown_table(study: Study, by: By) -> Table:
    """The errors of a study's runs by one property of the utterances."""
    if by == "language":
        return confusion_table(study)
    if by == "speaker":
        return _speakers_table(study)
    if by == "class":
        return _classes_table(study)
    labels, order, note = {
        "duration": (_durations, DURATIONS, "By the duration of the audio in seconds."),
        "length": (_lengths, LENGTHS, "By the tokens of the reference, in each set's metric."),
        "script": (
            _scripts,
            SCRIPTS,
            "By whether most words of the transcript are in the script of the language, or in the "
            "reference's.",
        ),
    }[by]
    return _parts_table(study, by, labels, order, notes=[note])


def _parts_table(
    study: Study, by: By, labels: Labels, order: Sequence[str], *, notes: Sequence[str]
) -> Table:
    runs = [run for run in study.runs if run.scores]
    keys = list(dict.fromkeys(key for run in runs for key in run.scores))
    cuts = {run: _cut(run, labels) for run in runs}
    made = {
        label: replace(study, runs=tuple(own[label] for own in cuts.values() if label in own))
        for label in order
    }
    rows = [
        [run.title, label, *_size(own[label]), *_cells(made[label], own[label], keys)]
        for run, own in cuts.items()
        for label in order
        if label in own
    ]
    reading = (
        "macro: plain mean over the n sets that have such utterances; means over different sets do "
        "not compare. Intervals are from the clusters of these utterances alone."
    )
    over = filter(None, dict.fromkeys(map(intervals_note, made.values())))
    header = ["run", by, "utterances", "n", *keys, "macro"]
    return Table(
        f"{study.label} by {by}: errors in percent",
        header,
        rows,
        [*notes, reading, *over, *few_note(row[_SIZED:] for row in rows)],
        words=_SIZED,
    )


def _cut(run: Run, labels: Labels) -> dict[str, Run]:
    """Divides a run into runs over the utterances of each label."""
    of = {key: np.array(labels(run, key), dtype=object) for key in run.scores}
    met = dict.fromkeys(label for own in of.values() for label in own)
    return {
        label: replace(
            run,
            scores={key: run.scores[key].only(of[key] == label) for key in of if label in of[key]},
        )
        for label in met
    }


def _cells(study: Study, part: Run, keys: Sequence[str]) -> list[str]:
    """The rates of the part of a run with one label."""
    made = run_rates(study, part)
    return [printed(made.get(name)) for name in (*keys, MACRO)]


def _size(part: Run) -> list[str]:
    """The numbers of utterances and of sets, for the first columns."""
    return [f"{sum(len(own.rows) for own in part.scores.values()):,}", part.coverage]


def _durations(run: Run, key: str) -> Sequence[str]:
    return by_duration([row.duration for row in run.scores[key].rows])


def _lengths(run: Run, key: str) -> Sequence[str]:
    return by_length(run.scores[key].utterances.lengths.tolist())


def _scripts(run: Run, key: str) -> Sequence[str]:
    scored = run.scores[key]
    own, language = scored.utterances, scored.benchmark.spoken
    return by_script(scored.references, scored.texts, language, own)


def _classes_table(study: Study) -> Table:
    runs = [run for run in study.runs if run.scores]
    own = {run: seen(run) for run in runs}
    notes = [
        "By what of an utterance was trained on, as the audit has it: its speaker in its corpus, "
        "its sentence in any."
    ]
    trained = next((run for run in runs if run.labels), None)
    if trained and study.base in own:
        own |= {run: own[trained] for run in runs if not run.labels}
        notes.append(f"{study.base.name}: by what {trained.name} was trained on.")
    notes += _reasons(own)

    def labels(run: Run, key: str) -> Sequence[str]:
        known = own[run].classes.get(key, {})
        return [known.get(row.id, UNKNOWN) for row in run.scores[key].rows]

    return _parts_table(study, "class", labels, (*CLASSES, UNKNOWN), notes=notes)


def _reasons(own: Mapping[Run, Seen]) -> list[str]:
    """Notes on why classes are unknown, each reason once."""
    keys: dict[str, dict[str, None]] = {}
    for known in own.values():
        for key, reason in known.reasons.items():
            keys.setdefault(reason, {})[key] = None
    return [f"{UNKNOWN}: {', '.join(of)}: {reason}." for reason, of in keys.items()]


def _speakers_table(study: Study) -> Table:
    rows, unknown = [], dict[str, None]()
    for run in study.runs:
        for key, scored in run.scores.items():
            found = parts([row.speaker for row in scored.rows], scored.utterances)
            if found.pop(UNKNOWN, None):
                unknown[key] = None
            rates = {name: own.rate for name, own in found.items() if own.rate is not None}
            if rates:
                rows.append([run.title, key, *_distribution(rates)])
    notes = ["Errors of each speaker in percent, pooled over what the speaker said."]
    if unknown:
        notes.append(f"Utterances of unknown speakers are left out: {', '.join(unknown)}.")
    return Table(
        f"{study.label} by speaker: errors in percent",
        ["run", "benchmark", "speakers", *_QUARTILES, "of"],
        rows,
        notes,
        words=2,
    )


def _distribution(rates: Mapping[str, float]) -> list[str]:
    quantiles = np.percentile(list(rates.values()), list(_QUARTILES.values()))
    worst = max(rates, key=lambda name: rates[name])
    if rates[worst] == min(rates.values()):  # all are equal
        worst = ""
    name = worst if len(worst) <= _NAME else f"{worst[: _NAME - 1]}…"  # ids may be hashes
    return [f"{len(rates):,}", *(f"{value:.2f}" for value in quantiles), name]
