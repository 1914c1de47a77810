"""Turns scorecards into a study, so that analysis and tables work on any transcripts."""

from plion.results.reading.study import Run, Study
from plion.scoring.scorecard import Scorecard


def scorecard_study(*cards: Scorecard) -> Study:
    """A study with a run per scorecard, without records of training."""
    return Study("", "", tuple(map(_run, cards)))


def _run(card: Scorecard) -> Run:
    return Run(
        "",
        "done",
        benchmarks=tuple(one.benchmark for one in card.scored),
        profile=card.profile,
        scores={one.benchmark.key: one for one in card.scored},
    )
