"""Scores of any system's transcripts, as `plion score` prints and writes them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from plion.scoring.counts import metrics
from plion.scoring.scored import Scored


@dataclass(frozen=True, eq=False)
class Scorecard:
    """A system's scored benchmarks; `profile`: the normalisation, with its version.

    missing: by benchmark the ids of utterances without a hypothesis, which were scored as empty.
    extra: the ids of hypotheses without a reference, which are ignored.
    """

    profile: str
    scored: tuple[Scored, ...]
    missing: Mapping[str, tuple[str, ...]]
    extra: tuple[str, ...]


def as_json(card: Scorecard) -> str:
    """The scorecard as JSON text, in the format of a run's metrics.json."""
    scored = {one.benchmark.key: (one.benchmark.metric, one.counts) for one in card.scored}
    return json.dumps(metrics(scored, card.profile), indent=2, ensure_ascii=False) + "\n"
