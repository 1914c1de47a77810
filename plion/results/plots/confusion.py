"""Chart of language confusion: the language spoken against the language of the transcript."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plion.results.analysis.systems import System, systems
from plion.results.reading.study import Study
from plion.results.tables.confusion import named_note, told_notes
from plion.scoring.confusion import Teller
from plion.text.shipped import in_order
from plion.typesetting.charts import GREY, WIDTH

_ACROSS = 2  # panels side by side
_HEIGHT, _REST = 1.2, 0.3  # inches per panel, for the axis below
_DARK = 60.0  # percent, above which figures are white
_BLACK = 130.0  # percent shown as black, so that 100 % stays readable


def confusion_chart(study: Study) -> tuple[Figure | None, str]:
    """A panel per system: languages spoken by languages of the transcripts, in percent."""
    counted = {system.name: _counts(system) for system in systems(study) if system.runs}
    heard = [
        name
        for name in Teller(study.spoken.values()).heard
        if any(taken[name] for own in counted.values() for taken in own.values())
    ]
    across = min(_ACROSS, len(counted))
    down = -(-len(counted) // across)
    figure = Figure(figsize=(WIDTH, _HEIGHT * down + _REST), layout="constrained")
    panels = figure.subplots(down, across, squeeze=False).ravel()
    for number, (panel, (name, counts)) in enumerate(zip(panels, counted.items(), strict=False)):
        _panel(panel, counts, heard, lowest=number + across >= len(counted))
        panel.set_title(name, size=7)
    for panel in panels[len(counted) :]:
        panel.set_visible(False)
    figure.supxlabel("taken for", size=7)
    figure.supylabel("spoken", size=7)
    runs = [run for run in study.runs if run.scores]
    caption = "Of the utterances of each language, percent taken for each; empty: none. "
    return figure, caption + " ".join([*told_notes(runs), named_note(runs)])


def _counts(system: System) -> dict[str, Counter[str]]:
    """Utterances of all seeds, counted by language spoken and language of the transcript."""
    counts: dict[str, Counter[str]] = {}
    for run in system.runs:
        for language, taken in run.taken.counts.items():
            counts.setdefault(language, Counter()).update(taken)
    return {language: counts[language] for language in in_order(counts)}


def _panel(
    panel: Axes, counts: Mapping[str, Counter[str]], heard: Sequence[str], *, lowest: bool
) -> None:
    parts = np.array([[100 * own[name] / own.total() for name in heard] for own in counts.values()])
    panel.imshow(parts, cmap="Greys", vmin=0, vmax=_BLACK, aspect="auto")
    for (row, column), part in np.ndenumerate(parts):
        if part:
            color = "white" if part > _DARK else "black"
            panel.text(
                column, row, _written(part), ha="center", va="center_baseline", size=6, color=color
            )
    panel.set_xticks(range(len(heard)), heard if lowest else [""] * len(heard))
    panel.set_yticks(range(len(counts)), list(counts))
    panel.tick_params(length=0)
    panel.spines[:].set(visible=True, color=GREY)


def _written(part: float) -> str:
    """A share as text, never rounded to 0 or 100."""
    return f"{part:.0f}" if part == 100 else f"{part:.1f}" if part >= 0.1 else "<.1"
