"""Chart of the languages' shares in training, as consumed."""

from matplotlib.figure import Figure

from plion.results.analysis.systems import System
from plion.results.plots.marks import marked
from plion.results.reading.study import Study
from plion.text.shipped import in_order
from plion.typesetting.charts import WIDTH, Shares, bar_places, share_bars

_UNITS = {"utterances": "utterances", "hours": "hours", "supervised_tokens": "tokens"}
_BAR, _REST = 0.16, 0.55  # inches


def shares_chart(study: Study) -> tuple[Figure | None, str]:
    """A bar per system and unit, with a part per language."""
    named = _named(study)
    if not named:
        return None, "not drawn, because no run recorded its consumption by language."
    height = _BAR * bar_places(len(named), len(_UNITS)) + _REST
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    label = "share of what was trained on (%)"
    share_bars(figure.subplots(), named, label, study.spoken.values())
    caption = (
        "Shares of the languages in all that was trained on, by utterances, by hours of audio and "
        "by supervised tokens."
    )
    return figure, caption


def _named(study: Study) -> dict[str, Shares]:
    """Shares by system, or by label of the marked axis if the other axes do not change them."""
    found: dict[str, Shares] = {}
    panels = marked(study).panels.values()
    for label in marked(study).markers:
        named = [own[label] for own in panels if label in own and not own[label].again]
        own = {system.name: _shares(system) for system in named}
        own = {name: shares for name, shares in own.items() if shares}
        if len({_printed(shares) for shares in own.values()}) == 1:
            own = {label: next(iter(own.values()))}
        found |= own
    return found


def _printed(shares: Shares) -> str:
    return str([[f"{part:.1f}" for part in parts.values()] for parts in shares.values()])


def _shares(system: System) -> Shares:
    """Shares over all seeds together; empty if a run recorded none."""
    consumed = [run.record.consumed for run in system.runs]
    if not consumed or None in consumed:
        return {}
    sums = {
        unit: {
            language: sum(own[language][unit] for own in consumed if own and language in own)
            for language in in_order(key for own in consumed for key in own or ())
        }
        for unit in _UNITS
    }
    return {
        name: {
            language: 100 * part / sum(sums[unit].values())
            for language, part in sums[unit].items()
            if part
        }
        for unit, name in _UNITS.items()
        if any(sums[unit].values())
    }
