"""Chart of models between a base and a run: new or weak languages against known ones.

The study of `plion average` has one axis, `weight`. As in WiSE-FT (arXiv 2109.01903, figure 1),
what training is for is drawn against what it may cost.
"""

from collections.abc import Mapping, Sequence
from statistics import fmean

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plion.results.analysis.rates import language_rates
from plion.results.reading.study import Run, Study
from plion.scoring.statistics.averages import SPREAD
from plion.text.languages import Language
from plion.text.shipped import in_order
from plion.typesetting.charts import GREY, WIDTH, language_colors, legend

AXIS = "weight"
_HEIGHT = 2.2

Errors = Mapping[str, float]  # percent, by language


def has_weights(study: Study) -> bool:
    """Whether a study is of models between two."""
    return list(study.axes) == [AXIS]


def weights_chart(study: Study) -> tuple[Figure | None, str]:
    """Two panels: each language's error by weight, and weak languages against known ones."""
    errors = {float(run.labels[AXIS]): _errors(study, run) for run in study.runs if run.scores}
    shared = in_order(set.intersection(*map(set, errors.values()))) if errors else []
    if len(errors) < 2 or len(shared) < 2:
        return None, "not drawn, because it takes two weights and two languages."
    weights = sorted(errors)
    weak, known = _parted(shared, errors[weights[0]])
    figure = Figure(figsize=(WIDTH, 2 * _HEIGHT), layout="constrained")
    above, below = figure.subplots(2, 1)
    _by_weight(above, errors, shared, list(study.spoken.values()))
    points = [
        [fmean(errors[weight][key] for key in keys) for weight in weights] for keys in (known, weak)
    ]
    below.plot(*points, marker="o", ms=3, color="0.3", lw=0.9)
    for weight, x, y in zip(weights, *points, strict=True):
        below.annotate(f"{weight:g}", (x, y), (3, 3), textcoords="offset points", size=6)
    names = {row.key: row.name for row in study.spoken.values()}
    low, high = (_listed(keys, names) for keys in (known, weak))
    below.set(xlabel=f"error of {low} (%)", ylabel=f"error of {high} (%)")
    below.grid(color="0.85", lw=0.5)
    below.margins(0.08)
    return figure, (
        f"Errors of models between two, by the weight of the second. Above, each language; below, "
        f"the mean error of {high} against that of {low}: the half of the languages with the "
        f"higher error at weight {weights[0]:g}, and the rest."
    )


def _errors(study: Study, run: Run) -> Errors:
    rates = language_rates(study, run)
    return {key: rate.value for key, rate in rates.items() if key != SPREAD}


def _parted(languages: Sequence[str], errors: Errors) -> tuple[list[str], list[str]]:
    """The half of the languages with the higher errors, and the rest, both in order."""
    ranked = sorted(languages, key=lambda key: errors[key])
    high = set(ranked[len(ranked) // 2 :])
    return [key for key in languages if key in high], [key for key in languages if key not in high]


def _by_weight(
    panel: Axes,
    errors: Mapping[float, Errors],
    languages: Sequence[str],
    spoken: Sequence[Language],
) -> None:
    colors = language_colors(spoken)
    weights = sorted(errors)
    lines = [
        panel.plot(
            weights,
            [errors[weight][key] for weight in weights],
            marker="o",
            ms=3,
            lw=0.9,
            color=colors.get(key, GREY),
            label=key,
        )[0]
        for key in languages
    ]
    panel.set(xlabel="weight of the run", ylabel="error (%)", ylim=(0, None))
    panel.grid(color="0.85", lw=0.5)
    legend(panel, lines, columns=len(lines))


def _listed(keys: Sequence[str], names: Mapping[str, str]) -> str:
    return " and ".join(names[key] for key in keys)
