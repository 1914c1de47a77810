"""Weight of each language in the loss of a planned run: its share of the supervised tokens."""

from collections.abc import Mapping

import numpy as np

from plion.planning.planned_run import PlannedRun, language_of
from plion.planning.utterances import lengths
from plion.typesetting.formats import tabulated

Weights = Mapping[str, float]  # by language, in percent


def language_weights(planned: PlannedRun) -> Weights:
    """Each language's share of the whole run's supervised tokens, in percent; empty if unknown."""
    tokens = lengths(planned.train_sets, planned.exp).tokens
    if tokens is None:
        return {}
    drawn = planned.plan.numbers
    languages = language_of(planned.train_sets)[drawn]
    sums = np.bincount(languages, tokens[drawn], minlength=len(planned.languages))
    return dict(zip(planned.languages, (100 * sums / sums.sum()).tolist(), strict=True))


def weights_line(weights: Weights) -> str:
    """The weights as text, `en 31.2 %, zh 22.5 %`."""
    return ", ".join(f"{language} {share:.1f} %" for language, share in weights.items())


def weights_table(weights: Mapping[str, Weights], of: str) -> str:
    """A table with a row per run, under the heading `of`, and a column per language.

    Empty if no run's tokens are counted.
    """
    languages = list(dict.fromkeys(key for own in weights.values() for key in own))
    if not languages:
        return ""
    rows = [
        [name, *(f"{own[key]:.1f}" if key in own else "" for key in languages)]
        for name, own in weights.items()
    ]
    return f"share of the supervised tokens, in percent\n{tabulated([of, *languages], rows)}"
