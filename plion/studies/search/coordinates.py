"""Chart of parallel coordinates: a line per trial through its settings and its errors."""

from collections.abc import Sequence

import numpy as np
import optuna
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator
from optuna.trial import FrozenTrial, TrialState

from plion.studies.search.space import Dimension, Range
from plion.studies.search.sweep_file import Sweep
from plion.typesetting.charts import WIDTH

_HEIGHT = 2.2  # inches
_ABSENT = -0.12  # height of a setting that a trial does not have; 0 to 1 are the values
_COLORS = colormaps["viridis"]
_PRUNED = "0.8"


def coordinates_chart(study: optuna.Study, search: Sweep) -> tuple[Figure | None, str]:
    """A vertical axis per setting and objective, a line per trial, coloured by its first error."""
    complete = study.get_trials(states=[TrialState.COMPLETE])
    pruned = study.get_trials(states=[TrialState.PRUNED])
    if len(complete) < 2:
        return None, f"not drawn, as fewer than 2 trials are complete: {len(complete)}."
    names = [*(one.key for one in search.space), *(one.name for one in search.objectives)]
    width = max(WIDTH, 0.85 * len(names) + 0.6)
    figure = Figure(figsize=(width, _HEIGHT), layout="constrained")
    panel = figure.subplots()
    errors = [trial.values[0] for trial in complete]
    scale = Normalize(min(errors), max(errors))
    spans = [
        (min(values), max(values)) for values in zip(*(one.values for one in complete), strict=True)
    ]
    for trial in pruned:
        heights = _settings(trial, search.space)
        panel.plot(range(len(heights)), heights, color=_PRUNED, lw=0.5, zorder=1)
    # The best are drawn last, on top.
    for trial in sorted(complete, key=lambda one: -one.values[0]):
        ends = [_part(value, *span) for value, span in zip(trial.values, spans, strict=True)]
        heights = [*_settings(trial, search.space), *ends]
        panel.plot(range(len(names)), heights, color=_COLORS(scale(trial.values[0])), lw=0.8)
    for place, one in enumerate(search.space):
        _axis(panel, place, _ticks(one), absent=bool(one.when))
    for place, span in enumerate(spans, len(search.space)):
        ticks = [one for one in MaxNLocator(4).tick_values(*span) if span[0] <= one <= span[1]]
        _axis(panel, place, {f"{one:g}": _part(one, *span) for one in ticks}, absent=False)
    panel.set(xlim=(-0.1, len(names) - 0.6), ylim=(_ABSENT - 0.04, 1.04), yticks=[])
    panel.set_xticks(range(len(names)), [_broken(name) for name in names])
    panel.tick_params(axis="x", length=0)
    panel.spines[:].set_visible(False)
    bar = figure.colorbar(ScalarMappable(scale, _COLORS), ax=panel, aspect=30, pad=0.01)
    bar.outline.set_linewidth(0.4)
    bar.set_label(f"{search.objectives[0].name} (%)")
    caption = "A line per complete trial, coloured by its error"
    if pruned:
        caption += "; pruned trials are grey"
    if any(one.when for one in search.space):
        caption += "; at the foot, marked by a dash, trials that do not have the setting"
    return figure, f"{caption}."


def _settings(trial: FrozenTrial, space: Sequence[Dimension]) -> list[float]:
    """The height of each setting of a trial, from 0 to 1, or that of absent ones."""
    return [
        _height(one, trial.params[one.key]) if one.key in trial.params else _ABSENT for one in space
    ]


def _height(one: Dimension, value: object) -> float:
    if not isinstance(one.values, Range):
        return one.values.index(value) / max(1, len(one.values) - 1)
    assert isinstance(value, int | float)
    if one.values.log:
        return _part(np.log(value), np.log(one.values.low), np.log(one.values.high))
    return _part(value, one.values.low, one.values.high)


def _part(value: float, low: float, high: float) -> float:
    return (value - low) / (high - low) if high > low else 0.5


def _ticks(one: Dimension) -> dict[str, float]:
    """The heights of an axis's marks by what is written there."""
    if not isinstance(one.values, Range):
        return {str(value): _height(one, value) for value in one.values}
    low, high = one.values.low, one.values.high
    locator = (
        LogLocator(subs=(1, 3)) if one.values.log else MaxNLocator(4, integer=one.values.whole)
    )
    inside = [value for value in locator.tick_values(low, high) if low <= value <= high]
    return {f"{value:g}": _height(one, float(value)) for value in inside}


def _axis(panel: Axes, place: int, ticks: dict[str, float], *, absent: bool) -> None:
    panel.plot([place, place], [0, 1], color="black", lw=0.6, zorder=3)
    marks = {**ticks, "–": _ABSENT} if absent else ticks
    for written, height in marks.items():
        panel.plot([place, place + 0.03], [height, height], color="black", lw=0.6, zorder=3)
        panel.text(
            place + 0.05, height, written, va="center_baseline", size=6, zorder=4,
            bbox={"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 0.6},
        )  # fmt: skip


def _broken(name: str) -> str:
    """A dotted name over several lines."""
    return name.replace(".", ".\n").replace("/", "/\n")
