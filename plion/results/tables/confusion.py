"""Tables of language confusion: the languages of transcripts against those spoken."""

from collections.abc import Sequence

import numpy as np

from plion.results.reading.study import Run, Study
from plion.scoring.confusion import UNTOLD, Teller
from plion.scoring.scored import Scored
from plion.scoring.statistics.bootstrap import Sample
from plion.scoring.statistics.estimate import ONE_SEED
from plion.scoring.statistics.intervals import intervals
from plion.scoring.statistics.rate import few_note, printed, share
from plion.scoring.statistics.resampled import resample
from plion.typesetting.table import Table

_NAMED = "named: utterances in percent whose language the model named"


def confusion_table(study: Study) -> Table:
    """Per run and language spoken, the languages of the transcripts in percent."""
    runs = [run for run in study.runs if run.scores]
    heard = Teller(study.spoken.values()).heard
    rows = [
        _confusion_row(run, language, heard, taken.total())
        for run in runs
        for language, taken in run.taken.counts.items()
    ]
    note = (
        f"{UNTOLD}: an empty transcript, or one whose language is unclear. 95 % intervals are of "
        f"each run alone: over {ONE_SEED}. What another seed would change is not in them."
    )
    return Table(
        f"{study.label} by language: what utterances were taken for, in percent",
        ["run", "language", *heard, "named %", "utterances"],
        rows,
        [note, *told_notes(runs), *few_note(row[2:-2] for row in rows)],
        words=2,
    )


def told(run: Run) -> str:
    """How a transcript's language is determined, and how well on a run's references."""
    pairs = [
        (one.benchmark.language, text) for one in run.scores.values() for text in one.references
    ]
    return run.teller.described([key for key, _ in pairs], [text for _, text in pairs])


def told_notes(runs: Sequence[Run]) -> list[str]:
    """Notes on how a transcript's language is determined if the model names none, and how well."""
    if not runs:
        return []
    if all(named_share(run) == 100 for run in runs):
        return [f"{_NAMED}."]
    return [f"{_NAMED}; the others are identified {told(runs[0])}."]


def named_note(runs: Sequence[Run]) -> str:
    """The note on the share of utterances whose language each run named."""
    listed = ", ".join(f"{run.title} {named_share(run):.1f}" for run in runs)
    return f"Named, in percent: {listed}."


def named_share(run: Run) -> float:
    """The share of a run's utterances whose language it named, in percent."""
    found = run.taken
    return 100 * sum(found.named.values()) / found.utterances


def _confusion_row(run: Run, language: str, heard: Sequence[str], utterances: int) -> list[str]:
    """A row: shares of a language's utterances over its sets, weighted by their utterances."""
    own = [one for one in run.scores.values() if one.benchmark.language == language]
    drawn = resample([_heard(one, run.teller, heard) for one in own])
    weights = np.array([len(one.rows) for one in own]) / utterances
    shares = [share(one) for (one,) in intervals(drawn, weights[None], np.eye(len(heard)))]
    named = 100 * run.taken.named[language] / utterances
    return [run.title, language, *map(printed, shares), f"{named:.2f}", f"{utterances:,}"]


def _heard(scored: Scored, teller: Teller, heard: Sequence[str]) -> Sample:
    """A sample of a test set with one system per name in `heard`, whose error is 1 if chosen."""
    taken = np.array([heard.index(teller.taken_for(row.language, row.text)) for row in scored.rows])
    errors = (taken == np.arange(len(heard))[:, None]).astype(np.int64)
    lengths = np.ones(len(taken), dtype=np.int64)
    return Sample(scored.benchmark.key, errors, lengths, scored.clusters)
