"""Every setting of an experiment with its default: the list of all keys of its YAML file.

A policy's parameters sit in a group of the policy's own name, `sampler.temperature.T`, and count
only where the policy is chosen.
"""

from dataclasses import dataclass, field
from typing import Literal

from plion.data.settings import Augment
from plion.sampling.choices import Allocation, Level, Order, PassSize, Quantity, Redraw, Unit
from plion.text.normalize import NEWEST

Part = Literal["audio_tower", "projector", "language_model"]  # lm_head is the last one's
Tower = Literal["audio_tower", "language_model"]
TagPolicy = Literal["none", "predict", "condition", "absent", "mixed"]


@dataclass
class Lora:
    """Low-rank updates (arXiv 2106.09685) of all linear layers of a part, otherwise frozen."""

    parts: list[Part] = field(default_factory=list)
    rank: int = 16
    alpha: float = 32.0  # updates are scaled by alpha / rank
    dropout: float = 0.0  # of what goes into an update
    export: Literal["merged", "adapter"] = "merged"  # adapter: the updates alone, for peft


@dataclass
class Model:
    # hub id, also of a revision (owner/name@revision), folder in either layout, run folder, or
    # `mini`, the packaged base
    name: str = "mini"
    # a model as above, to take from what a checkpoint was saved without: tokenizer, settings of the
    # feature extractor, chat template
    like: str | None = None
    # reference: the library's own, a window of audio at a time; sdpa: all windows at once; flash:
    # FlashAttention 2; auto: flash where it is installed and the device and precision allow it
    attention: Literal["auto", "sdpa", "reference", "flash"] = "auto"
    # What a position of the audio attends to: 8 s of its clip, as transformers and FlashAttention
    # have it, or the full clip, as the qwen-asr package without FlashAttention; see README
    encoder_window: Literal["8s", "full"] = "8s"
    freeze: list[Part] = field(default_factory=list)  # parts that stay as they are
    lora: Lora = field(default_factory=Lora)


@dataclass
class Data:
    root: str = "data/mini12"
    suite: str = "mini12"  # of the package, or the path of a YAML file
    exclude: list[str] = field(default_factory=list)  # benchmark keys left out of training
    # Qwen3-ASR's system turn, before every utterance: names, words of a field
    context: str = ""
    target_text: Literal["verbatim", "plain"] = "plain"  # plain: no punctuation, no capitals
    on_bad_audio: Literal["raise", "skip"] = "raise"
    max_seconds: float = 30.0  # longer utterances are left out of training
    augment: Augment = field(default_factory=Augment)


@dataclass
class Balanced:
    pass_size: PassSize = "literal"


@dataclass
class Temperature:
    T: float = 3.0  # shares are proportional to sizes ** (1 / T)
    level: Level = "language"


@dataclass
class TwoLevel:
    corpus_exponent: float = 0.5
    language_exponent: float = 0.5
    order: Order = "corpus_language"


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
    unit: Unit = "utterances"  # what the shares are of
    max_repeats: float | None = None  # of an utterance in a pass, on average over its corpus
    redraw: Redraw = "per_pass"
    allocation: Allocation = "even"
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
    train: TagPolicy = "predict"
    # matched: as it was trained, `condition` with the true language given, all others without;
    # free: the model says it itself, if anybody; forced: the true language is given, an oracle
    decode: Literal["matched", "free", "forced"] = "matched"
    mixed: Mixed = field(default_factory=Mixed)

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
class Batch:
    seconds: float = 60.0  # padded, at most; a token of text counts for a thirteenth of one
    utterances: int = 64  # at most
    window: int = 2000  # utterances sorted by length together
    mix: Literal["window", "stratified"] = "window"  # the order of a window's batches
    too_long: Literal["raise", "skip"] = "raise"  # an utterance that no batch can hold
    per_step: int = 1  # batches of an optimiser step, over all ranks


@dataclass
class Hold:
    """A run ends at the first optimiser step at or past this amount.

    As planned: where audio is skipped (data.on_bad_audio) it ends short by that, and says so.
    """

    quantity: Quantity = "audio_hours"
    amount: float = 1.0


@dataclass
class Optim:
    name: Literal["adamw", "adafactor"] = "adamw"
    lr: float = 1e-3  # adafactor's is a part of each weight's own size
    weight_decay: float = 0.01
    beta1: float = 0.9  # of adamw, as beta2
    beta2: float = 0.98
    warmup: float = 0.05  # part of the held amount
    schedule: Literal["linear", "cosine", "wsd", "constant"] = "linear"
    floor: float = 0.0  # part of lr that remains at the end
    clip: float = 1.0  # gradient norm, at most; 0: none is clipped
    ema: float | None = None  # decay a step of a moving average of the weights: what is exported


@dataclass
class Trainer:
    accelerator: Literal["auto", "cpu", "gpu", "mps"] = "auto"
    devices: int = 1  # over all machines; batch.per_step is a multiple of it
    precision: str = "auto"  # or 32, bf16-mixed, bf16-true; auto: bf16-mixed, on a CPU 32
    gradient_checkpointing: list[Tower] = field(default_factory=list)  # computed anew, not kept
    threads: int = 1  # changes the bits of a result, so it belongs to a run's identity
    workers: int = 0  # processes of the loader
    validations: int = 1  # over the run, the last at its end
    probe: int = 4  # training utterances of each corpus that are decoded at each validation
    checkpoints: int = 4  # saves to resume from, over the run
    select: Literal["last", "best"] = "last"
    # layouts of the exported weights; both: also checkpoints/export-qwen-asr, as vLLM reads them
    export: Literal["hf", "both"] = "hf"
    skip_bad_steps: int = 0  # steps, at most, whose loss or gradient is not finite
    log_every: int = 10  # steps
    runs: str = "runs"
    price_per_hour: float | None = None  # of all devices together, in any currency
    peak_tflops: float | None = None  # of a device in this precision, without sparsity: for MFU


@dataclass
class Evaluate:
    test: bool = True
    seconds: float = 240.0  # padded seconds of a decoding batch, at most
    utterances: int = 128
    tokens_per_second: float = 30.0  # of an utterance's audio: what bounds its transcript
    beams: int = 1  # hypotheses kept at each token; 1 is greedy
    repetition_penalty: float = 1.0  # scores of tokens said already are divided by it
    latency: int = 0  # utterances of each test set that are timed one by one
    forced: bool = False  # also decode with the true language given, into predictions/forced
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
    hold: Hold = field(default_factory=Hold)
    optim: Optim = field(default_factory=Optim)
    trainer: Trainer = field(default_factory=Trainer)
    evaluate: Evaluate = field(default_factory=Evaluate)
    seed: int = 0
