"""Every setting of an experiment with its default: the list of all keys of its YAML file.

A policy's parameters sit in a group of the policy's own name, `sampler.temperature.T`, and count
only where the policy is chosen.
"""

from dataclasses import dataclass, field
from typing import Literal

from plion.data.settings import Augment
from plion.evaluation.normalize import NEWEST


@dataclass
class Model:
    name: str = "mini"  # hub id, folder in hf layout, run folder, or `mini`, the packaged base


@dataclass
class Data:
    root: str = "data/mini12"
    suite: str = "mini12"  # of the package, or the path of a YAML file
    exclude: list[str] = field(default_factory=list)  # benchmark keys left out of training
    target_text: Literal["verbatim", "plain"] = "plain"  # plain: no punctuation, no capitals
    on_bad_audio: Literal["raise", "skip"] = "raise"
    max_seconds: float = 30.0  # longer utterances are left out of training
    augment: Augment = field(default_factory=Augment)


@dataclass
class Balanced:
    pass_size: Literal["literal", "union"] = "literal"


@dataclass
class Temperature:
    T: float = 3.0  # shares are proportional to sizes ** (1 / T)
    level: Literal["language", "corpus", "both"] = "language"


@dataclass
class TwoLevel:
    corpus_exponent: float = 0.5
    language_exponent: float = 0.5
    order: Literal["corpus_language", "language_corpus"] = "corpus_language"


@dataclass
class Unimax:
    epochs: float = 4.0  # repeats of a language in a pass, at most


@dataclass
class Fixed:
    weights: dict[str, float] = field(default_factory=dict)  # by language or benchmark key


@dataclass
class Schedule:
    """Moves a parameter of the chosen policy from its own value to another, from pass to pass."""

    parameter: str = ""  # `T`; none: all stay
    target: float = 1.0  # its value at the end
    begin: float = 0.0  # part of the held amount
    end: float = 1.0


@dataclass
class Sampler:
    name: str = "proportional"  # of plion.sampling.policies.POLICIES
    unit: Literal["utterances", "hours", "tokens"] = "utterances"  # what the shares are of
    max_repeats: float | None = None  # of an utterance in a pass, on average over its corpus
    redraw: Literal["per_pass", "once", "continue"] = "per_pass"
    allocation: Literal["even", "algorithm1"] = "even"
    schedule: Schedule = field(default_factory=Schedule)
    balanced: Balanced = field(default_factory=Balanced)
    temperature: Temperature = field(default_factory=Temperature)
    two_level: TwoLevel = field(default_factory=TwoLevel)
    unimax: Unimax = field(default_factory=Unimax)
    fixed: Fixed = field(default_factory=Fixed)


@dataclass
class Mixed:
    p: float = 0.5  # probability of `condition`; else `predict`


@dataclass
class Tag:
    train: Literal["none", "predict", "condition", "absent", "mixed"] = "predict"
    decode: Literal["free", "forced"] = "free"
    mixed: Mixed = field(default_factory=Mixed)


@dataclass
class Batch:
    seconds: float = 60.0  # padded, at most; a token of text counts for a thirteenth of one
    utterances: int = 64  # at most
    window: int = 2000  # utterances sorted by length together
    mix: Literal["window", "stratified"] = "window"  # the order of a window's batches
    too_long: Literal["raise", "skip"] = "raise"  # an utterance that no batch can hold
    per_step: int = 1  # batches of an optimiser step, over all ranks


@dataclass
class Loss:
    unit: Literal["tokens", "utterances"] = "tokens"  # what the loss of a step is the mean over


@dataclass
class Hold:
    """A run ends at the first optimiser step at or past this amount."""

    quantity: Literal["audio_hours", "utterances", "supervised_tokens", "steps"] = "audio_hours"
    amount: float = 1.0


@dataclass
class Optim:
    lr: float = 1e-3
    weight_decay: float = 0.01
    beta1: float = 0.9
    beta2: float = 0.98
    warmup: float = 0.05  # part of the held amount
    schedule: Literal["linear", "cosine", "wsd", "constant"] = "linear"
    floor: float = 0.0  # part of lr that remains at the end
    clip: float = 1.0  # gradient norm, at most


@dataclass
class Trainer:
    accelerator: Literal["auto", "cpu", "gpu", "mps"] = "auto"
    devices: int = 1  # over all machines; batch.per_step is a multiple of it
    precision: str = "32"
    threads: int = 1  # changes the bits of a result, so it belongs to a run's identity
    workers: int = 0  # processes of the loader
    validations: int = 1  # over the run, the last at its end
    probe: int = 4  # training utterances of each corpus that are decoded at each validation
    checkpoints: int = 4  # saves to resume from, over the run
    select: Literal["last", "best"] = "last"
    log_every: int = 10  # steps
    runs: str = "runs"
    price_per_hour: float | None = None


@dataclass
class Evaluate:
    test: bool = True
    seconds: float = 120.0  # padded seconds of a decoding batch, at most
    utterances: int = 64
    tokens_per_second: float = 30.0  # of an utterance's audio: what bounds its transcript
    profile: str = NEWEST["strict"]


@dataclass
class Experiment:
    """Everything about one run; `name` is its folder's and is not part of what it is."""

    name: str = ""
    model: Model = field(default_factory=Model)
    data: Data = field(default_factory=Data)
    sampler: Sampler = field(default_factory=Sampler)
    tag: Tag = field(default_factory=Tag)
    batch: Batch = field(default_factory=Batch)
    loss: Loss = field(default_factory=Loss)
    hold: Hold = field(default_factory=Hold)
    optim: Optim = field(default_factory=Optim)
    trainer: Trainer = field(default_factory=Trainer)
    evaluate: Evaluate = field(default_factory=Evaluate)
    seed: int = 0
