"""The settings below `optim` and `trainer`."""

from dataclasses import dataclass
from typing import Literal

from plion.settings.setting import setting

Tower = Literal["audio_tower", "language_model"]

_ADAMW = ("name", "adamw")

WSD_DECAY = 1 / 3
"""Part of schedule `wsd`, at its end, over which the learning rate falls."""


@dataclass
class Optim:
    """The optimiser and the course of its learning rate."""

    name: Literal["adamw", "adafactor"] = setting("adamw", help="the optimiser")
    lr: float = setting(
        1e-3, above=0, hparam=True, help="learning rate; for adafactor relative to a weight's size"
    )
    weight_decay: float = setting(
        0.01, low=0, help="decay of weight matrices, decoupled from the gradient"
    )
    beta1: float = setting(
        0.9, low=0, high=1, when=_ADAMW, help="decay of the moving average of gradients"
    )
    beta2: float = setting(
        0.98, low=0, high=1, when=_ADAMW, help="decay of the moving average of squared gradients"
    )
    warmup: float = setting(
        0.05,
        low=0,
        high=1,
        unit="part of the held amount",
        help="when the learning rate has risen to lr; not used beside warmup_amount",
    )
    warmup_amount: float | None = setting(
        None,
        above=0,
        unit="as hold.quantity",
        help="when it has risen to lr, as an amount; the decay of wsd is then the last third of "
        "the whole run",
    )
    schedule: Literal["linear", "cosine", "wsd", "constant"] = setting(
        "linear", help="course of the learning rate after the warm-up"
    )
    floor: float = setting(
        0.0, low=0, high=1, unit="part of lr", help="learning rate that remains at the end"
    )
    clip: float = setting(1.0, low=0, help="largest gradient norm; 0 clips none")
    ema: float | None = setting(
        None,
        low=0,
        below=1,
        help="decay per step of a moving average of the weights, which is exported if set",
    )


@dataclass
class Trainer:
    """The machine, and what a run saves, checks and reports."""

    accelerator: Literal["auto", "cpu", "gpu", "mps"] = setting(
        "auto", identity="always", help="the kind of device"
    )
    # Devices share the same batches: their number changes only rounding, and may change later.
    devices: int = setting(
        1,
        above=0,
        identity="never",
        help="devices over all machines; batch.per_step is a multiple of it",
    )
    # Lightning's words. YAML reads a bare 32 as a number, so the field is no Literal.
    precision: str = setting(
        "auto",
        choices=("auto", "32", "bf16-mixed", "bf16-true"),
        help="arithmetic of training; auto: bf16-mixed, on a CPU 32",
    )
    gradient_checkpointing: list[Tower] = setting(
        [], identity="never", help="parts whose activations are recomputed instead of kept"
    )
    threads: int = setting(
        1, above=0, identity="always", help="processor threads; they change the bits of a result"
    )
    workers: int = setting(0, low=0, identity="never", help="data loader processes")
    validations: int = setting(1, low=0, help="validations over the run, the last at its end")
    probe: int = setting(
        4,
        low=0,
        identity="never",
        unit="utterances",
        help="utterances of each training corpus that are decoded at each validation",
    )
    checkpoints: int = setting(
        4, low=0, identity="never", help="number of checkpoints to resume from, over the run"
    )
    select: Literal["last", "best"] = setting(
        "last", help="checkpoint to export; best: by validation error"
    )
    export: Literal["hf", "both"] = setting(
        "hf",
        identity="never",
        help="layouts of the exported weights; both: also checkpoints/export-qwen-asr, as vLLM "
        "reads them",
    )
    # Decides whether there is a result, and not which.
    skip_bad_steps: int = setting(
        0,
        low=0,
        identity="never",
        unit="steps",
        help="most steps to skip because their loss or gradient is not finite",
    )
    branches: list[float] = setting(
        [],
        above=0,
        identity="never",
        unit="as hold.quantity",
        help="smaller amounts to which runs are held that branch off this one: it keeps a "
        "checkpoint where the decay of each begins",
    )
    trunk: float | None = setting(
        None,
        above=0,
        identity="never",
        unit="as hold.quantity",
        help="amount of the run from whose checkpoint this one starts, where its decay begins; "
        "without that checkpoint it trains from the beginning, to the same result",
    )
    log_every: int = setting(
        10, above=0, identity="never", unit="steps", help="steps between two log entries"
    )
    runs: str = setting("runs", identity="never", help="folder of the run folders")
    checkpoint_dir: str = setting(
        "",
        identity="never",
        help="existing folder, seen by all machines, where new runs keep their checkpoints and "
        "exports, so that another machine can go on; empty: in each run's folder",
    )
    price_per_hour: float | None = setting(
        None, above=0, identity="never", unit="any currency", help="price of all devices together"
    )
    peak_tflops: float | None = setting(
        None,
        above=0,
        identity="never",
        unit="Tflop/s",
        help="peak of one device in this precision, without sparsity, for MFU",
    )
