"""Every setting of an experiment with its default: the list of all keys of its YAML file.

A policy's parameters sit in a group of the policy's own name, `sampler.temperature.T`, and count
only where the policy is chosen. Each setting says all about itself in its field
(`plion.settings.setting`); what concerns one room stands in that room.
"""

from dataclasses import dataclass
from typing import Any, Literal

from plion.config.model import Model
from plion.config.training import Optim, Trainer
from plion.data.settings import Data
from plion.sampling.settings import Batch, Hold, Sampler
from plion.settings.setting import group, setting
from plion.text.profiles import NEWEST, PROFILES

TagPolicy = Literal["none", "predict", "condition", "absent", "mixed"]


@dataclass
class Mixed:
    """The parameters of tag.train=mixed."""

    p: float = setting(0.5, low=0, high=1, help="probability of `condition`; else `predict`")


@dataclass
class Tag:
    """The language tag: what stands before the words in the model's answer."""

    train: TagPolicy = setting(
        "predict",
        hparam=True,
        help="none: tag `None`; predict: the language, supervised; "
        "condition: the language, given and not supervised; absent: no "
        "tag; mixed: `condition` or `predict` at random",
    )
    decode: Literal["matched", "free", "forced"] = setting(
        "matched",
        identity="always",
        help="matched: as trained, with the true language given after "
        "`condition` only; free: the language is never given; forced: "
        "the true language is always given (an oracle)",
    )
    mixed: Mixed = group(Mixed, when=("train", "mixed"))

    @property
    def decoding(self) -> Literal["free", "forced"]:
        """Whether decoding is `free`, or `forced`: given the true language."""
        if self.decode == "matched":
            return "forced" if self.train == "condition" else "free"
        return self.decode

    @property
    def takes_one(self) -> bool:
        """Whether a model trained so goes on from a tag that is given.

        `absent` has never seen one; `none` has, with `None` where the language stands.
        """
        return self.train != "absent"


@dataclass
class Evaluate:
    """The decoding of test sets, and the profile that they are scored under."""

    test: bool = setting(True, identity="never", help="decode the test sets after training")
    seconds: float = setting(
        240.0,
        above=0,
        identity="always",
        unit="s, padded",
        help="most audio in a decoding batch",
    )
    utterances: int = setting(
        128, above=0, identity="always", help="most utterances in a decoding batch"
    )
    tokens_per_second: float = setting(
        30.0, above=0, identity="always", help="longest transcript, by the duration of its audio"
    )
    beams: int = setting(
        1, above=0, identity="always", help="hypotheses kept at each token; 1 is greedy"
    )
    repetition_penalty: float = setting(
        1.0, above=0, identity="always", help="divides the scores of tokens generated already"
    )
    latency: int = setting(
        0,
        low=0,
        identity="never",
        unit="utterances",
        help="utterances of each test set that are timed one by one",
    )
    forced: bool = setting(
        False,
        identity="never",
        help="decode a second time, with the true language given, into predictions/forced",
    )
    profile: str = setting(
        NEWEST["strict"],
        choices=(*NEWEST, *PROFILES),
        identity="always",
        help="normalisation of scored text; a name without a number is its newest version",
    )


@dataclass
class Experiment:
    """Everything about one run; `name` is its folder's and is not part of what it is."""

    name: str = setting(
        "", identity="never", help="name of the run and its folder; by default the file's stem"
    )
    model: Model = group(Model)
    data: Data = group(Data)
    languages: list[Any] = setting(
        [],
        identity="content",
        help="rows of languages beside those of the package, or the YAML file that has them",
    )
    sampler: Sampler = group(Sampler)
    tag: Tag = group(Tag)
    batch: Batch = group(Batch)
    hold: Hold = group(Hold)
    optim: Optim = group(Optim)
    trainer: Trainer = group(Trainer)
    evaluate: Evaluate = group(Evaluate)
    seed: int = setting(
        0,
        low=0,
        below=2**32,
        hparam=True,
        help="seed of draws, low-rank updates and augmentation",
    )
