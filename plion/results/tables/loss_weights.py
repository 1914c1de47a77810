"""What each language weighed in the loss that a study's systems were trained on, as consumed."""

from collections import Counter
from collections.abc import Mapping

from plion.results.analysis.systems import System, systems
from plion.results.reading.study import Study
from plion.text.languages import LANGUAGES
from plion.typesetting.table import Table


def weights_table(study: Study) -> Table:
    """Each system's supervised tokens by language in percent, all seeds together.

    No row for a system that was not trained, as the base, or that does not say what it consumed. A
    second decoding is no training of its own.
    """
    trained = [system for system in systems(study) if not system.again]
    found = {one.name: weights for one in trained if (weights := language_weights(one))}
    met = dict.fromkeys(key for weights in found.values() for key in weights)
    languages = sorted(met, key=[*LANGUAGES, *met].index)
    rows = [
        [name, *(f"{own[key]:.1f}" if key in own else "" for key in languages)]
        for name, own in found.items()
    ]
    note = (
        "Shares of the supervised tokens that were consumed, over which the loss is a mean. A "
        "language tag that is supervised adds about as many tokens to every utterance, and so "
        "weight to languages of few tokens an utterance."
    )
    title = "Weight of each language in training, in percent of the supervised tokens"
    return Table(title, ["run", *languages], rows, [note])


def language_weights(system: System) -> Mapping[str, float]:
    """Each language's share of the supervised tokens of a system's runs, in percent, 0 left out."""
    tokens: Counter[str] = Counter()
    for run in system.runs:
        for language, consumed in (run.record.get("consumed") or {}).items():
            tokens[language] += consumed["supervised_tokens"]
    return {key: 100 * own / tokens.total() for key, own in tokens.items() if own}
