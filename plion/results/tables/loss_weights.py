"""Table of the weight of each language in the loss of a study's systems, as consumed."""

from collections import defaultdict
from collections.abc import Mapping

from plion.results.analysis.systems import System, systems
from plion.results.reading.study import Study
from plion.text.shipped import in_order
from plion.typesetting.table import Table


def weights_table(study: Study) -> Table:
    """Each system's supervised tokens by language in percent, over all seeds.

    No row for an untrained system such as the base, for one without recorded consumption, or for
    a second decoding.
    """
    trained = [system for system in systems(study) if not system.again]
    found = {one.name: weights for one in trained if (weights := language_weights(one))}
    languages = in_order(key for weights in found.values() for key in weights)
    rows = [
        [name, *(f"{own[key]:.1f}" if key in own else "" for key in languages)]
        for name, own in found.items()
    ]
    note = (
        "Shares of the supervised tokens consumed, over which the loss is averaged. A supervised "
        "language tag adds about the same number of tokens to every utterance, which gives more "
        "weight to languages with few tokens per utterance."
    )
    title = "Weight of each language in training, in percent of the supervised tokens"
    return Table(title, ["run", *languages], rows, [note])


def language_weights(system: System) -> Mapping[str, float]:
    """Each language's share of a system's supervised tokens in percent, without zeros."""
    tokens: dict[str, float] = defaultdict(float)
    for run in system.runs:
        for language, consumed in (run.record.consumed or {}).items():
            tokens[language] += consumed["supervised_tokens"]
    return {key: 100 * own / sum(tokens.values()) for key, own in tokens.items() if own}
