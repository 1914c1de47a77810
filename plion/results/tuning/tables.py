"""Tables of a study's tuning: what each arm was tuned to, and the expected best of k trials."""

from collections.abc import Mapping, Sequence
from typing import Any

from plion.results.reading.study import Study
from plion.results.reading.tuning import Arm, Tuning
from plion.results.tuning.expected_best import expected_best
from plion.typesetting.table import Table


def tuning_tables(study: Study) -> list[Table]:
    """The tables of a study that tunes; none of any other."""
    if study.tuning is None:
        return []
    return [_chosen_table(study.tuning), _expected_table(study.tuning)]


def tuned_note(study: Study) -> list[str]:
    """Whether the runs of a study are tuned, and by how many trials; nothing of single runs."""
    if not study.axes:
        return []
    if study.tuning is None:
        return ["Not tuned: no setting was chosen for each arm (`per_arm`)."]
    left = [arm.name for arm in study.tuning.arms if arm.chosen is None]
    if len(left) == len(study.tuning.arms):
        return ["Not tuned yet: no arm has a choice."]
    said = f"Tuned for each arm: {', '.join(study.tuning.untuned)}, {_count(study.tuning)}"
    return [said + (f"; not tuned: {', '.join(left)}." if left else ".")]


def _chosen_table(tuning: Tuning) -> Table:
    """A row an arm: trials, chosen values, and its error and rank, tuned and untuned."""
    keys = list(tuning.untuned)
    tuned = [arm.error_of(arm.chosen) for arm in tuning.arms]
    untuned = [arm.error_of(tuning.untuned) for arm in tuning.arms]
    ranks = zip(_ranks(tuned), _ranks(untuned), strict=True)
    rows = [
        [
            arm.name,
            str(len(arm.errors)) + (f" of {len(arm.trials)}" if _lacks(arm) else ""),
            *(_value(arm.chosen, key) for key in keys),
            *map(_error, errors),
            *rank,
        ]
        for arm, rank, errors in zip(
            tuning.arms, ranks, zip(tuned, untuned, strict=True), strict=True
        )
    ]
    header = ["arm", "trials", *keys, "tuned", "untuned", "rank tuned", "rank untuned"]
    title = f"Tuning of each arm: {tuning.metric} in percent, under seed {tuning.seed}"
    return Table(title, header, rows, _notes(tuning, untuned))


def _notes(tuning: Tuning, untuned: Sequence[float | None]) -> list[str]:
    base = ", ".join(f"{key} {value}" for key, value in tuning.untuned.items())
    notes = [
        "Tuned: the best trial of an arm, chosen on validation sets before the arm's first test. "
        f"Untuned: the trial with the base's own {base}. Each figure is of one run, and the lowest "
        "of several is too low an estimate: the error of the cells is that on the test sets. An "
        f"arm's best trial is also its first cell's run under seed {tuning.seed}, the only run "
        "that was chosen among others."
    ]
    if None in untuned:
        lacking = [arm.name for arm, one in zip(tuning.arms, untuned, strict=True) if one is None]
        notes.append(f"Without an untuned trial: {', '.join(lacking)}.")
    lacking = [arm.name for arm in tuning.arms if _lacks(arm)]
    if lacking:
        notes.append(f"Fewer trials than the others, as some failed: {', '.join(lacking)}.")
    for key in tuning.untuned:
        for end, name in ((min, "lowest"), (max, "highest")):
            if at := [arm.name for arm in tuning.arms if _at_end(arm, key, end)]:
                notes.append(
                    f"At the {name} {key} tried, so that a better one may lie beyond: "
                    f"{', '.join(at)}."
                )
    return notes


def _expected_table(tuning: Tuning) -> Table:
    """A row an arm: the expected lowest validation error of k trials."""
    most = max((len(arm.errors) for arm in tuning.arms), default=0)
    rows = [
        [arm.name, *(f"{one:.2f}" for one in found), *[""] * (most - len(found))]
        for arm in tuning.arms
        if (found := expected_best(arm.errors))
    ]
    header = ["arm", *(f"best of {k}" for k in range(1, most + 1))]
    return Table(f"Expected best of k trials, {tuning.metric} in percent", header, rows, [EXPECTED])


EXPECTED = (
    "Expected lowest of k trials drawn with replacement from those made (Dodge et al. 2019), exact "
    "over all draws; the best of all trials is lower, as a draw may miss it."
)


def _count(tuning: Tuning) -> str:
    counts = sorted({len(arm.errors) for arm in tuning.arms if arm.chosen is not None})
    return (
        f"{' to '.join(map(str, dict.fromkeys([counts[0], counts[-1]])))} trials on validation sets"
    )


def _lacks(arm: Arm) -> bool:
    """Whether a trial has no result."""
    return len(arm.errors) < len(arm.trials)


def _ranks(errors: Sequence[float | None]) -> list[str]:
    """The rank of each error, equal ones with the same; unknown unless all are known."""
    known = [one for one in errors if one is not None]
    if len(known) < len(errors):
        return [""] * len(errors)
    return [str(1 + sum(other < one for other in known)) for one in known]


def _value(values: Mapping[str, Any] | None, key: str) -> str:
    return "" if values is None else str(values.get(key, ""))


def _error(error: float | None) -> str:
    return "" if error is None else f"{error:.2f}"


def _at_end(arm: Arm, key: str, end: Any) -> bool:
    """Whether an arm's choice is the lowest, or highest, number that was tried of a setting."""
    tried = {one.values[key] for one in arm.trials if key in one.values}
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in tried)
    chosen = (arm.chosen or {}).get(key)
    return chosen is not None and numbers and len(tried) > 1 and bool(chosen == end(tried))
