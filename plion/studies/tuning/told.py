"""What `plion ablate` prints of a study's tuning."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from plion.studies.search.metrics import MACRO_ERROR
from plion.studies.tuning.arms import arm_title
from plion.studies.tuning.choice import ArmRecord, TrialRecord, best_trial

_CHOSEN = (
    "chosen without it; to choose again, move tuning.json out of the study's folder and give "
    "--retry-failed"
)


def failed_trials(arm: ArmRecord) -> list[TrialRecord]:
    """The trials of an arm that failed."""
    return [one for one in arm["trials"] if one["state"] == "failed"]


def told_arms(arms: Sequence[ArmRecord]) -> Iterator[str]:
    """A line for each arm on what it is tuned to, and for each trial that failed."""
    for arm in arms:
        title, count = arm_title(arm["labels"]), len(arm["trials"])
        done = sum(one["state"] == "done" for one in arm["trials"])
        failed = failed_trials(arm)
        of = f"{done} trials" + (f"; {len(failed)} of {count} failed" if failed else "")
        if arm["chosen"] and (best := best_trial(arm)):
            chosen = _written(arm["chosen"])
            yield f"tuned: {title}: {chosen}, {MACRO_ERROR} {best['error']:.2f}, best of {of}"
        elif len(failed) == count:
            yield f"not tuned: {title}: all {count} trials failed, so its cells cannot run"
        else:
            yield f"not tuned yet: {title}: {done} of {count} trials done"
        later = _CHOSEN if arm["chosen"] else "--retry-failed runs it again"
        for one in failed:
            yield f"failed: {one['run']}, {one['folder']}: {one['told']} ({later})"


def _written(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in values.items())
