"""`plion sweep --plot`: a search as charts (pdf and png) with captions.

Charts: the errors of the trials in order, how much each setting matters, and parallel coordinates.
"""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import FrozenTrial, TrialState

from plion.results.plots.all import SUFFIXES
from plion.results.plots.marks import legend_columns
from plion.studies.search.coordinates import coordinates_chart
from plion.studies.search.report import feasible
from plion.studies.search.sweep_file import Sweep
from plion.system.files import atomic_write
from plion.typesetting.charts import EDGE, GREY, WIDTH, house_style, save_chart

_HEIGHT, _BAR = 1.9, 0.2  # inches: of a panel, of a bar
_FEW = 8  # trials below which importances are noise

Drawn = tuple[Figure | None, str]


def plot_search(study: optuna.Study, search: Sweep, folder: Path) -> None:
    """Writes SWEEP-KIND.pdf, .png and captions.md; the caption of a missing chart says why."""
    made = f"plion sweep {search.name}.yaml --plot {folder}"  # a --store may have a password
    charts: dict[str, Callable[[optuna.Study, Sweep], Drawn]] = {
        "history": history_chart,
        "importances": importances_chart,
        "coordinates": coordinates_chart,
    }
    captions = []
    for kind, drawn in charts.items():
        with house_style():
            figure, caption = drawn(study, search)
            for suffix in SUFFIXES if figure else ():
                assert figure
                save_chart(figure, folder / f"{search.name}-{kind}{suffix}", made)
        captions.append(f"**{search.name}-{kind}**: {caption}")
    atomic_write(folder / "captions.md", "\n\n".join([*captions, f"Made by: `{made}`"]) + "\n")


def history_chart(study: optuna.Study, search: Sweep) -> Drawn:
    """A mark per trial, and the best so far, a panel per objective."""
    trials = study.get_trials()
    if not any(one.values for one in trials):
        return None, "not drawn, as no trial has a result."
    count = len(search.objectives)
    figure = Figure(figsize=(WIDTH, _HEIGHT * count + 0.2), layout="constrained")
    panels = figure.subplots(count, 1, sharex=True, squeeze=False)[:, 0]
    for place, (panel, metric) in enumerate(zip(panels, search.objectives, strict=True)):
        _history(panel, trials, place)
        panel.set_ylabel(f"{metric.name} (%)")
    panels[-1].set_xlabel("trial")
    panels[-1].xaxis.get_major_locator().set_params(integer=True)
    entries = [
        Line2D([], [], marker=mark, ls="", color=color, label=label, **EDGE)
        for label, (mark, color) in _MARKS.items()
        if any(_kind(one) == label for one in trials)
    ]
    entries.append(Line2D([], [], color="0.35", lw=0.8, label="best so far"))
    figure.legend(
        handles=entries, loc="outside upper center", ncols=legend_columns(entries, WIDTH),
        frameon=False,
        handletextpad=0.4, columnspacing=1.2, handlelength=1.2,
    )  # fmt: skip
    caption = "The trials in the order of their proposal"
    if any(one.state == TrialState.PRUNED for one in trials):
        caption += "; a pruned trial has its error at the rung where it was ended"
    if any(_kind(one) == "outside constraints" for one in trials):
        caption += "; trials that violate a constraint are never the best"
    return figure, f"{caption}."


# Label: marker, colour.
_MARKS = {
    "complete": ("o", "0.45"),
    "pruned": ("v", "white"),
    "outside constraints": ("s", "0.8"),
    "failed": ("x", "black"),
}


def _kind(trial: FrozenTrial) -> str:
    if trial.state == TrialState.COMPLETE:
        return "complete" if feasible(trial) else "outside constraints"
    return {TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}.get(trial.state, "")


def _history(panel: Axes, trials: Sequence[FrozenTrial], place: int) -> None:
    best, steps = np.inf, []
    for trial in trials:
        kind = _kind(trial)
        mark, color = _MARKS.get(kind, ("", ""))
        if kind == "failed":  # at the foot: it has no error
            style: dict[str, Any] = {"clip_on": False, "transform": panel.get_xaxis_transform()}
            panel.plot(trial.number, 0.02, mark, color=color, markersize=3, mew=0.8, **style)
        elif mark and trial.values:
            panel.plot(trial.number, trial.values[place], mark, color=color, zorder=3, **EDGE)
        if kind == "complete" and trial.values:
            best = min(best, trial.values[place])
        if np.isfinite(best):
            steps.append((trial.number, best))
    if steps:
        panel.step(*zip(*steps, strict=True), where="post", color="0.35", lw=0.8, zorder=2)
    panel.grid(color="0.85", lw=0.5)
    panel.set_axisbelow(True)
    panel.margins(0.06)


def importances_chart(study: optuna.Study, search: Sweep) -> Drawn:
    """A bar per setting and objective: its share in telling good trials from the others."""
    complete = study.get_trials(states=[TrialState.COMPLETE])
    keys = [one.key for one in search.space if not one.when and len(set(one.ends)) > 1]
    left = [one.key for one in search.space if one.when]
    if len(complete) < _FEW or not keys:
        return None, f"not drawn, as fewer than {_FEW} trials are complete: {len(complete)}."
    shares = [_shares(study, keys, place) for place in range(len(search.objectives))]
    count = len(shares)
    figure = Figure(figsize=(WIDTH, (_BAR * len(keys) + 0.5) * count), layout="constrained")
    panels = figure.subplots(count, 1, sharex=True, squeeze=False)[:, 0]
    order = sorted(keys, key=lambda key: shares[0][key])
    for panel, metric, own in zip(panels, search.objectives, shares, strict=True):
        panel.barh(order, [own[key] for key in order], 0.6, color=GREY, ec="black", lw=0.4)
        panel.set_title(metric.name, size=7)
        panel.tick_params(axis="y", length=0)
    panels[-1].set(xlim=(0, 1), xlabel="importance")
    caption = (
        "How much each setting has to do with a trial being among the best tenth (PED-ANOVA; sums "
        f"to 1), over {len(complete)} complete trials; pruned ones have no part in it."
    )
    if left:
        caption += f" Without settings that only some trials have: {', '.join(left)}."
    return figure, caption


def _shares(study: optuna.Study, keys: list[str], place: int) -> dict[str, float]:
    def target(trial: FrozenTrial) -> float:
        return float(trial.values[place])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that low values are taken as good, which they are
        return get_param_importances(
            study, evaluator=PedAnovaImportanceEvaluator(), params=keys, target=target
        )
