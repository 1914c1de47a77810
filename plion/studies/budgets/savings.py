"""What a study saves by its trunks, before it is begun and after it."""

from collections.abc import Iterable, Sequence

from plion.config.schema import Experiment
from plion.planning.learning_rate.schedule import decay_step
from plion.planning.planned_run import PlannedRun
from plion.runs.folder import RunFolder


def savings(planned: Sequence[tuple[int, PlannedRun]]) -> str:
    """What branching saves, for `--dry-run`; `planned`: runs, each for so many; empty for nothing.

    A branch whose trunk is not among the runs is counted as trained from the beginning.
    """
    amounts = {own.exp.hold.amount for _, own in planned}
    whole = sum(number * own.plan.totals.audio_hours for number, own in planned)
    branches = [(number, own) for number, own in planned if own.exp.trainer.trunk in amounts]
    if not branches:
        return ""
    saved = sum(number * shared_hours(own) for number, own in branches)
    count, trunks = (
        sum(number for number, _ in found)
        for found in (branches, [one for one in planned if one[1].exp.trainer.branches])
    )
    return (
        f"{count:,} of the runs branch off {trunks:,} others where their decays begin: "
        f"{whole - saved:,.2f} hours of audio are trained instead of {whole:,.2f} "
        f"({(whole - saved) / whole:.0%}), where the trunks' checkpoints are seen"
    )


def shared_hours(branch: PlannedRun) -> float:
    """Hours of audio that a branch shares with its trunk."""
    plan = branch.plan
    step = decay_step(plan, branch.exp.hold.amount)
    return float(plan.seconds[: step * plan.per_step].sum()) / 3600


def trained_alone(runs: Iterable[tuple[Experiment, RunFolder]]) -> str:
    """Which finished branches were trained from the beginning, in words; empty for none."""
    names = [
        exp.name
        for exp, folder in runs
        if exp.trainer.trunk is not None and folder.done() and folder.read().branched_from is None
    ]
    if not names:
        return ""
    return (
        f"{len(names)} trained from the beginning, as the trunk's checkpoint was not seen (the "
        f"result is the same): {', '.join(names)}"
    )
