"""`plion results --plot`: the charts of a study as pdf and png, with captions.

Charts: error on each test set, error against training cost, shares of the languages in training,
confusion of languages; of studies that tune their arms, the expected best of k trials; of those
with budgets, curves of error against what was trained on; of models between two, error by weight.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from plion.errors import InputError, reason
from plion.results.plots.confusion import confusion_chart
from plion.results.plots.cost import cost_chart
from plion.results.plots.curves import curves_chart
from plion.results.plots.errors import errors_chart
from plion.results.plots.shares import shares_chart
from plion.results.plots.tuning import tuning_chart
from plion.results.plots.weights import has_weights, weights_chart
from plion.results.reading.budget_axis import BUDGET
from plion.results.reading.study import Study
from plion.results.tables.notes import missing_notes, reading_notes
from plion.results.tables.seeds import over_seeds
from plion.scoring.statistics.estimate import FEW
from plion.scoring.statistics.rate import FEW_NOTE
from plion.system.files import atomic_write, try_file
from plion.typesetting import charts

SUFFIXES = (".pdf", ".png")
_CAPTIONS = "captions.md"
DRAWN: dict[str, Callable[[Study], tuple[Figure | None, str]]] = {
    "errors": errors_chart,
    "cost": cost_chart,
    "shares": shares_chart,
    "confusion": confusion_chart,
}


def check_plot_folder(folder: Path) -> None:
    """Raises InputError if charts cannot be written to a folder; creates it if missing."""
    try:
        folder.mkdir(exist_ok=True)
        try_file(folder / _CAPTIONS)
    except OSError as error:
        raise InputError(f"--plot {folder} cannot be written to: {reason(error)}") from error


def plot_studies(studies: Sequence[Study], folder: Path, command: str) -> None:
    """Writes STUDY-KIND.pdf, .png and captions.md; the caption of a missing chart says why.

    `command` is recorded in each file as its creator.
    """
    captions = []
    for study in studies:
        for name, figure, caption in _charts(study):
            if figure:
                for suffix in SUFFIXES:
                    charts.save_chart(figure, folder / f"{name}{suffix}", command)
            captions.append(f"**{name}**: {caption}")
    text = "\n\n".join([*captions, f"Made by: `{command}`"])
    atomic_write(folder / _CAPTIONS, text + "\n")


def _charts(study: Study) -> Iterator[tuple[str, Figure | None, str]]:
    if not any(run.scores for run in study.runs):
        return
    # Charts do not mark few clusters; only a caption that uses the mark explains it.
    notes = [note for note in [*reading_notes(study), *over_seeds(study)] if note != FEW_NOTE]
    kinds = DRAWN | ({"tuning": tuning_chart} if study.tuning else {})
    kinds |= {"curves": curves_chart} if BUDGET in study.axes else {}
    kinds |= {"weights": weights_chart} if has_weights(study) else {}
    for kind, drawn in kinds.items():
        with charts.house_style():
            figure, caption = drawn(study)
            more = notes if kind == "errors" else missing_notes(study)
            caption = " ".join([caption, *([FEW_NOTE] if FEW in caption else []), *more])
            yield f"{study.name or study.suite.replace('/', '_')}-{kind}", figure, caption
