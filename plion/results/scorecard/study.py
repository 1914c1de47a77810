"""Scorecards as a study: anybody's transcripts as the analysis and the tables take them."""

from plion.results.reading.study import Run, Study
from plion.scoring.scorecard import Scorecard


def scorecard_study(*cards: Scorecard) -> Study:
    """A study of one run a scorecard; nothing is known of how they were trained."""
    return Study("", "", tuple(map(_run, cards)))


def _run(card: Scorecard) -> Run:
    return Run(
        "",
        "done",
        benchmarks=tuple(one.benchmark for one in card.scored),
        profile=card.profile,
        scores={one.benchmark.key: one for one in card.scored},
    )
