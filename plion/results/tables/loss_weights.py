"""What each language weighed in the loss that a study's cells were trained on, as consumed."""

from collections import Counter
from collections.abc import Mapping

from plion.results.analysis.systems import Cell, cells
from plion.results.reading.collect import Study
from plion.text.languages import LANGUAGES
from plion.typesetting.table import Table


def weights_table(study: Study) -> Table:
    """Each cell's supervised tokens by language in percent, all seeds together.

    No row for a cell that was not trained, as the base, or that does not say what it consumed. A
    second decoding is no training of its own.
    """
    of_cells = {cell.name: language_weights(cell) for cell in cells(study) if not cell.again}
    found = {name: weights for name, weights in of_cells.items() if weights}
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


def language_weights(cell: Cell) -> Mapping[str, float]:
    """Each language's share of the supervised tokens of a cell's runs, in percent, 0 left out."""
    tokens: Counter[str] = Counter()
    for run in cell.runs:
        for language, consumed in (run.record.get("consumed") or {}).items():
            tokens[language] += consumed["supervised_tokens"]
    return {key: 100 * own / tokens.total() for key, own in tokens.items() if own}
