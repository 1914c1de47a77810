"""What an experiment says of sampling: the keys below `sampler`, `batch` and `hold`."""

from dataclasses import dataclass, fields
from typing import Literal, TypeVar

from plion.sampling.choices import Allocation, Quantity, Redraw, Unit
from plion.sampling.policies import POLICIES
from plion.sampling.policy import Policy
from plion.settings.setting import group, setting

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

    parameter: str = setting("", help="the policy's parameter that moves, as `T`; '' moves none")
    target: float = setting(1.0, help="the parameter's value at the end")
    begin: float = setting(0.0, low=0, high=1, unit=_PART, help="when it starts to move")
    end: float = setting(1.0, low=0, high=1, unit=_PART, help="when it has reached the target")


@dataclass
@_with_policies
class Sampler:
    """How often a pass over the training data draws from each corpus."""

    name: str = setting(
        "proportional", choices=tuple(POLICIES), hparam=True, help="the policy that sets the shares"
    )
    unit: Unit = setting("utterances", help="what the shares are of")
    max_repeats: float | None = setting(
        None,
        above=0,
        help="times that a pass draws an utterance, at most, averaged over its corpus",
    )
    redraw: Redraw = setting(
        "per_pass",
        help="whether a pass draws anew, draws what the first drew, or goes on where the pass "
        "before ended",
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
        help="of audio in a batch, at most; a token of text counts for a thirteenth of one",
    )
    utterances: int = setting(64, above=0, help="in a batch, at most")
    window: int = setting(
        2000, above=0, unit="utterances", help="drawn ones that are sorted by length together"
    )
    mix: Literal["window", "stratified"] = setting(
        "window",
        help="the order of a window's batches: shuffled, or with the languages of every step near "
        "their shares",
    )
    too_long: Literal["raise", "skip"] = setting(
        "raise", help="what is done with an utterance that no batch can hold"
    )
    per_step: int = setting(
        1, above=0, unit="batches", help="in an optimiser step, over all devices together"
    )


@dataclass
class Hold:
    """Ends a run at the first optimiser step at or past this amount.

    As planned: where audio is skipped (data.on_bad_audio) the run ends short by that, and says so.
    """

    quantity: Quantity = setting("audio_hours", help="what the amount counts")
    amount: float = setting(1.0, above=0, unit="as quantity", help="consumed when training ends")
