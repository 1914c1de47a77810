"""Chart of a study's tuning: the expected best of k trials of each arm."""

from itertools import cycle

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from plion.results.plots.marks import legend_columns
from plion.results.reading.study import Study
from plion.results.tuning.expected_best import expected_best
from plion.results.tuning.tables import EXPECTED
from plion.typesetting.charts import EDGE, MARKERS, WIDTH

_HEIGHT = 2.2  # inches
_SHADES = ("black", "0.45", "0.7")


def tuning_chart(study: Study) -> tuple[Figure | None, str]:
    """A line per arm: its expected lowest validation error against the number of trials."""
    assert study.tuning is not None
    tuning = study.tuning
    found = {arm.name: expected_best(arm.errors) for arm in tuning.arms if arm.errors}
    if not any(len(errors) > 1 for errors in found.values()):
        return None, "not drawn, as no arm has two trials with a validation error."
    figure = Figure(figsize=(WIDTH, _HEIGHT), layout="constrained")
    panel = figure.subplots()
    entries = []
    for (name, errors), mark, shade in zip(
        found.items(), cycle(MARKERS), cycle(_SHADES), strict=False
    ):
        style = {"marker": mark, "color": shade, "lw": 0.8, **EDGE}
        panel.plot(range(1, len(errors) + 1), errors, **style)
        entries.append(Line2D([], [], label=name, **style))
    panel.set(xlabel="trials", ylabel=f"expected best\n{tuning.metric} (%)")
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    panel.grid(color="0.85", lw=0.5)
    panel.set_axisbelow(True)
    panel.margins(0.06)
    figure.legend(
        handles=entries, loc="outside upper center", ncols=legend_columns(entries, WIDTH),
        frameon=False, handletextpad=0.4, columnspacing=1.2, handlelength=1.6,
    )  # fmt: skip
    tried = "; ".join(
        f"{arm.name}: {len(arm.errors)} of {len(arm.trials)} trials" for arm in tuning.arms
    )
    return figure, f"{EXPECTED} Trials of {', '.join(tuning.untuned)}: {tried}."
