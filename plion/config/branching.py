"""Trunks and branches: runs of several amounts that are one run up to where a decay begins."""

from plion.config.schema import Experiment

MOST_WARMUP = 0.5
"""Largest part of the smallest amount that may be warm-up."""


def wrong_branching(exp: Experiment) -> str | None:
    """Why a run can be neither a trunk nor a branch, though its settings say so; else None.

    A branch is equal to the bit to the same run trained alone only if nothing before its decay
    depends on the amount that it is held to.
    """
    trainer, amount = exp.trainer, exp.hold.amount
    if not trainer.branches and trainer.trunk is None:
        return None
    if trainer.branches and trainer.trunk is not None:
        return "trainer.branches and trainer.trunk are both set: a branch has no branches"
    if any(one >= amount for one in trainer.branches):
        return f"trainer.branches must be below hold.amount, {amount:g}, not {trainer.branches}"
    if trainer.trunk is not None and trainer.trunk <= amount:
        return f"trainer.trunk must be above hold.amount, {amount:g}, not {trainer.trunk:g}"
    return wrong_trunk(exp, min([*trainer.branches, amount]))


def wrong_trunk(exp: Experiment, least: float) -> str | None:
    """Why runs of several amounts, the smallest of them `least`, cannot branch off one of them."""
    optim, trainer = exp.optim, exp.trainer
    if optim.schedule != "wsd":
        return (
            f"optim.schedule is {optim.schedule}, under which the learning rate depends on the "
            "amount from the start; only with wsd are runs of several amounts equal up to a decay"
        )
    if optim.warmup_amount is None:
        return (
            "optim.warmup is a part of the amount, and so another one for each; set "
            "optim.warmup_amount"
        )
    if optim.warmup_amount > MOST_WARMUP * least:
        return (
            f"optim.warmup_amount is {optim.warmup_amount:g}; it may be at most half of the "
            f"smallest amount, {MOST_WARMUP * least:g}"
        )
    if exp.sampler.schedule.parameter:
        return (
            "sampler.schedule changes what is drawn by the part of the amount that is consumed, so "
            "that runs of several amounts differ from the start; remove it"
        )
    if exp.sampler.name == "replay":
        return (
            "sampler.name=replay repeats the shares of a run of one amount; name a sampler whose "
            "shares do not depend on it"
        )
    if trainer.select == "best":
        return (
            "trainer.select=best takes the best of all validations of a run, and a branch has only "
            "those of its decay; set trainer.select=last"
        )
    return None
