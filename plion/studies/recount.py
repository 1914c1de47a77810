"""A run's transcripts counted in another way than its metrics.json has them."""

from functools import cache

from plion.evaluation.scoring import UtteranceCounts, count
from plion.languages import Metric
from plion.studies.collect import Run


@cache  # several blocks show the same
def recount(run: Run, key: str, metric: Metric) -> UtteranceCounts:
    """A run's utterances of one benchmark under another metric, in the order of their ids."""
    scored = run.scores[key]
    if metric == scored.benchmark.metric:
        return scored.utterances
    references = [row.reference for row in scored.rows]
    texts = [row.text for row in scored.rows]
    return count(references, texts, scored.benchmark.language, metric, run.profile)
