"""Settings without effect: parameters of a policy that is not chosen, and the like.

Where an axis has none of its settings in effect, its combinations are one and the same run; they
are folded into one without a label on that axis. A value that is never in effect is refused.
"""

from collections.abc import Iterable, Sequence

from plion.config.identity import needed_by, replaced_by
from plion.config.layers import Layer
from plion.errors import InputError, listed
from plion.studies.design.axes import Axis
from plion.studies.design.combinations import Combination
from plion.studies.design.labels import titled
from plion.studies.design.layered import keys_of, known_settings, value_of


def folded(
    below: Sequence[Layer], axes: Iterable[Axis], found: Sequence[Combination]
) -> tuple[list[Combination], list[str]]:
    """The combinations, those that differ only in settings without effect as one; and what to say.

    A folded combination has no label on the axis, as where its condition does not hold.
    """
    notes = []
    for axis in axes:
        if not axis.keys or not all(_conditional(key) for key in axis.keys):
            continue
        kept: dict[tuple[tuple[str, str], ...], Combination] = {}
        idle = dict[str, None]()
        for one in found:
            layers = [*below, *one.settings]
            if axis.name in one.labels and not any(in_effect(key, layers) for key in axis.keys):
                one = one.without([axis.name])
                idle[titled(one.labels.items())] = None
            kept.setdefault(tuple(one.labels.items()), one)
        if idle:
            notes.append(_note(axis, list(idle)))
        found = list(kept.values())
    return list(found), notes


def _note(axis: Axis, idle: Sequence[str]) -> str:
    reason = " or ".join(dict.fromkeys(needs(key) for key in axis.keys))
    where = f" ({listed(idle)})" if any(idle) else ""
    return (
        f"axis '{axis.name}' counts only where {reason}: one cell instead of "
        f"{len(axis.values)} in the others{where}"
    )


def refuse_idle(below: Sequence[Layer], axes: Iterable[Axis], found: Sequence[Combination]) -> None:
    """Raises InputError for a value of an axis with a setting that is in effect in none of its
    combinations.
    """
    for axis in axes:
        for label, layer in axis.values.items():
            own = [one for one in found if one.labels.get(axis.name) == label]
            for key in filter(_conditional, keys_of(layer) if own else ()):
                if not any(in_effect(key, [*below, *one.settings]) for one in own):
                    raise InputError(
                        f"{layer.where}: {key} counts only where {needs(key)}, as in no cell with "
                        "this value; leave it out, or set that too"
                    )


def told_overrides(
    below: Sequence[Layer], overrides: Sequence[Layer], found: Sequence[Combination]
) -> list[str]:
    """What to say of overrides that are in effect in some combinations only.

    Raises InputError for one that is in effect in none.
    """
    notes = []
    for layer in overrides:
        for key in filter(_conditional, keys_of(layer)):
            count = sum(in_effect(key, [*below, *one.settings]) for one in found)
            if not count:
                raise InputError(
                    f"{layer.where} has no effect: {key} counts only where {needs(key)}, as in no "
                    "cell of this study; leave it out"
                )
            if count < len(found):
                notes.append(
                    f"{layer.where} counts only where {needs(key)}: in {count} of {len(found)} "
                    "combinations"
                )
    return notes


def in_effect(key: str, layers: Sequence[Layer]) -> bool:
    """Whether a setting counts beside the others: its policy is chosen, LoRA has parts."""
    one, needed, other = known_settings().get(key), needed_by(key), replaced_by(key)
    if one is None:  # an unknown key is refused with the experiment
        return True
    chosen = all(value_of(layers, beside) == value for beside, value in one.when)
    alone = other is None or value_of(layers, other) is None
    return chosen and alone and (needed is None or bool(value_of(layers, needed)))


def needs(key: str) -> str:
    """What a setting needs to count, in words that follow `where`."""
    said = [f"{other} is {value}" for other, value in known_settings()[key].when]
    said += [f"{needed} is set" for needed in filter(None, [needed_by(key)])]
    said += [f"{other} is not set" for other in filter(None, [replaced_by(key)])]
    return " and ".join(said)


def _conditional(key: str) -> bool:
    one = known_settings().get(key)
    return one is not None and bool(one.when or needed_by(key) or replaced_by(key))
