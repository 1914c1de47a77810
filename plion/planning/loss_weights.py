"""What each language weighs in the loss of a planned run: its share of the supervised tokens."""

from collections.abc import Mapping

import numpy as np

from plion.planning.planned_run import PlannedRun, language_of
from plion.planning.train_sets import lengths
from plion.typesetting.formats import tabulated

Weights = Mapping[str, float]  # by language, in percent


def language_weights(planned: PlannedRun) -> Weights:
    """Each language's share of the supervised tokens of the whole run; empty if not counted."""
    tokens = lengths(planned.train_sets, planned.exp).tokens
    if tokens is None:
        return {}
    drawn = planned.plan.numbers
    languages = language_of(planned.train_sets)[drawn]
    sums = np.bincount(languages, tokens[drawn], minlength=len(planned.languages))
    return dict(zip(planned.languages, (100 * sums / sums.sum()).tolist(), strict=True))


def weights_line(weights: Weights) -> str:
    """The weights in a sentence's words."""
    return ", ".join(f"{language} {share:.1f} %" for language, share in weights.items())


def weights_table(weights: Mapping[str, Weights], of: str) -> str:
    """A row for each run by its name under the heading `of`, a column for each language.

    Empty where no run's tokens are counted.
    """
    languages = list(dict.fromkeys(key for own in weights.values() for key in own))
    if not languages:
        return ""
    rows = [
        [name, *(f"{own[key]:.1f}" if key in own else "" for key in languages)]
        for name, own in weights.items()
    ]
    return f"share of the supervised tokens, in percent\n{tabulated([of, *languages], rows)}"
