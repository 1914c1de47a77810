"""Every setting that counts: its values, within what bounds it was searched, how it was chosen."""

from collections.abc import Mapping, Sequence
from typing import Any

from plion.config.identity import needed_by
from plion.config.schema import Experiment
from plion.errors import listed
from plion.report.answers.answer import Answer
from plion.report.records.facts import Facts, distinct
from plion.report.records.search import bounds_text
from plion.results.tuning.tables import tuning_tables
from plion.settings.walk import Setting, settings_of, value_at
from plion.typesetting.table import Table

_PLACES = ("data.root", "data.suite", "model.name", "model.like", "seed")  # told elsewhere
_HEADER = ["setting", "values", "how it was chosen"]


def answer_settings(facts: Facts) -> Answer:
    """A row for each setting that is not plion's default, and a sentence with all that are."""
    none: Mapping[str, str] = {}
    cells = {one.name: one.labels for one in facts.systems} or dict.fromkeys(facts.settings, none)
    rows, defaults = [], []
    for one in settings_of(Experiment):
        own = _values(one, facts.settings)
        if not own or one.key in _PLACES:
            continue
        values = distinct(map(_shown, own.values()))
        if len(values) > 1 or _differs(one, own):
            rows.append([one.key, ", ".join(values), _chosen(facts, one, own, cells)])
        else:
            defaults.append(f"{one.key} {values[0]}")
    without = [name for name in cells if name not in facts.settings]
    missing = [f"settings of {listed(without)}: no config.yaml in the run's folder"] * bool(without)
    told = f"All other settings have plion's defaults: {'; '.join(defaults)}."
    notes = [
        "A setting of a policy counts in the cells that have it. Of an axis every value is "
        "reported; nothing is chosen by a test set."
    ]
    table = Table("Settings", _HEADER, rows, notes, words=3)
    return Answer([told], [table, *tuning_tables(facts.study)], missing)


def _values(one: Setting, cells: Mapping[str, Experiment]) -> dict[str, Any]:
    """The setting's value in each cell where it counts."""
    if one.about.identity == "never":
        return {}
    needed = needed_by(one.key)
    return {
        name: value_at(exp, one.key)
        for name, exp in cells.items()
        if one.applies(exp) and (needed is None or value_at(exp, needed))
    }


def _differs(one: Setting, own: Mapping[str, Any]) -> bool:
    return any(value != one.default for value in own.values())


def _chosen(
    facts: Facts, one: Setting, own: Mapping[str, Any], cells: Mapping[str, Mapping[str, str]]
) -> str:
    """How a setting's values came about, as far as the study's records say it."""
    tuning = facts.study.tuning
    if tuning and one.key in tuning.space:
        trials = distinct(len(arm.trials) for arm in tuning.arms)
        return (
            f"tuned for each arm ({bounds_text(tuning.space[one.key])}): "
            f"{' or '.join(map(str, trials))} trials, lowest {tuning.metric}"
        )
    if facts.search and (bounds := facts.search.bounds.get(one.key)):
        return f"searched ({bounds}): {len(facts.search.trials)} trials"
    if len(distinct(map(_shown, own.values()))) == 1:
        return "given, not searched in this study"
    axes = [axis for axis in facts.study.axes if _follows(own, cells, axis)]
    return f"axis {' or '.join(axes)}" if axes else "differs between runs"


def _follows(own: Mapping[str, Any], cells: Mapping[str, Mapping[str, str]], axis: str) -> bool:
    """Whether cells with the same label on an axis have the same value."""
    found: dict[str | None, set[str]] = {}
    for name, value in own.items():
        found.setdefault(cells[name].get(axis), set()).add(_shown(value))
    return len(found) > 1 and all(len(values) == 1 for values in found.values())


def _shown(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(_shown, value))}]"
    return str(value) or "none"
