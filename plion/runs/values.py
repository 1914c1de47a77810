"""What fields of run.json hold that are more than a number or a text."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Model:
    """The base model: its name as given by the user, and the identity of its weights."""

    name: str
    identity: str


@dataclass(frozen=True)
class DataFile:
    """A manifest that a run read: its path, sha256, number of utterances, and hours of audio.

    left_out: how many utterances of its corpus were left out when it was prepared, by reason; None
    if that is not known, as of a manifest that was written by hand.
    """

    path: str
    sha256: str | None = None
    rows: int | None = None
    hours: float | None = None
    left_out: dict[str, int] | None = None


@dataclass(frozen=True)
class Held:
    """The amount that all runs of a study consume equally (`hold`), in the quantity's own unit."""

    quantity: str
    amount: float


@dataclass(frozen=True)
class Latency:
    """Seconds per sample: number of samples, mean, standard deviation (None for one sample)."""

    samples: int
    mean: float
    std: float | None


@dataclass(frozen=True)
class Decoded:
    """Audio of a test set that was decoded, and the time it took, both in seconds."""

    audio_seconds: float
    seconds: float


@dataclass(frozen=True)
class Selected:
    """The exported weights: `last` or `best`, and the optimiser step they are of."""

    kind: str
    step: int

    def __str__(self) -> str:
        return f"{self.kind} {self.step}"


@dataclass(frozen=True)
class Branched:
    """Where a run has branched off: a longer run's folder, and its optimiser step."""

    run: str
    step: int
