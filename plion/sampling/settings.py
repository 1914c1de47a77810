"""What an experiment says of sampling: the keys below `sampler`, `batch` and `hold`."""

from dataclasses import dataclass, fields
from typing import Literal, TypeVar

from plion.sampling.policies import POLICIES
from plion.sampling.policy import Policy
from plion.settings.setting import group, setting

Unit = Literal["utterances", "hours", "tokens"]  # that sizes are measured in (mixture.py)
Redraw = Literal["per_pass", "once", "continue"]  # stream.py
Allocation = Literal["even", "algorithm1"]
Quantity = Literal["audio_hours", "utterances", "supervised_tokens", "steps"]  # held (plan.py)

S = TypeVar("S")
_PART = "part of the held amount"


def _with_policies(schema: type[S]) -> type[S]:
    """Give a class of settings a group for each policy that has parameters, by the policy's name.

    It counts where the setting `name` chooses that policy.
    """
    for name, policy in POLICIES.items():
        if fields(policy):
            schema.__annotations__[name] = policy
            setattr(schema, name, group(policy, when=("name", name)))
    return schema


@dataclass
class Schedule:
    """Moves a parameter of the chosen policy from its own value to another, from pass to pass."""

    parameter: str = setting(
        "", help="parameter of the policy that changes during the run, such as `T`; '': none"
    )
    target: float = setting(1.0, help="the parameter's value at the end")
    begin: float = setting(0.0, low=0, high=1, unit=_PART, help="start of the change")
    end: float = setting(1.0, low=0, high=1, unit=_PART, help="end of the change")


@dataclass
@_with_policies
class Sampler:
    """How often a pass over the training data draws from each corpus."""

    name: str = setting(
        "proportional", choices=tuple(POLICIES), hparam=True, help="the sampling policy"
    )
    unit: Unit = setting("utterances", help="the unit in which shares are measured")
    max_repeats: float | None = setting(
        None,
        above=0,
        help="most draws of an utterance in a pass, averaged over its corpus",
    )
    redraw: Redraw = setting(
        "per_pass",
        help="whether a pass draws anew, repeats the first pass's draw, or "
        "continues where the previous pass ended",
    )
    allocation: Allocation = setting(
        "even", help="whether copies of an utterance are spread evenly or thinned at random"
    )
    schedule: Schedule = group(Schedule)

    @property
    def policy(self) -> Policy:
        """The chosen policy with its parameters."""
        return self.of(self.name)

    def of(self, name: str) -> Policy:
        """A policy with the parameters that are set for it, whether it is chosen or not."""
        own = getattr(self, name) if fields(POLICIES[name]) else POLICIES[name]()
        assert isinstance(own, Policy)
        return own


@dataclass
class Batch:
    """What a batch of training holds, and how many make an optimiser step."""

    seconds: float = setting(
        60.0,
        above=0,
        unit="s, padded",
        help="most audio in a batch; a text token counts as the seconds that its model family says",
    )
    utterances: int = setting(64, above=0, help="most utterances in a batch")
    window: int = setting(
        2000, above=0, unit="utterances", help="drawn utterances that are sorted by length together"
    )
    mix: Literal["window", "stratified"] = setting(
        "window",
        help="order of a window's batches: shuffled, or stratified so that "
        "every step has languages near their shares",
    )
    too_long: Literal["raise", "skip"] = setting(
        "raise", help="what to do with an utterance that is longer than a batch"
    )
    per_step: int = setting(
        1, above=0, unit="batches", help="batches per optimiser step, over all devices together"
    )


@dataclass
class Hold:
    """Ends a run at the first optimiser step at or past this amount.

    As planned: where audio is skipped (data.on_bad_audio) the run ends short by that, and says so.
    """

    quantity: Quantity = setting("audio_hours", help="what the amount counts")
    amount: float = setting(
        1.0, above=0, unit="as quantity", help="amount after which training ends"
    )
