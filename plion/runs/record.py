"""The fields of run.json that are read again, and their types; it may have others beside them.

Its writers are `plion.training`; a run of an earlier version may lack any of the fields.
"""

from typing import Any, NotRequired, TypedDict

Consumed = dict[str, dict[str, float]]
"""What a run was fed, by language or corpus: utterances, hours, supervised tokens."""


class Model(TypedDict, total=False):
    """The base model: its name as it was given, and what identifies its weights."""

    name: str
    identity: str


class DataFile(TypedDict):
    """A manifest that a run read."""

    path: str
    sha256: NotRequired[str]
    rows: NotRequired[int]
    hours: NotRequired[float]


class Held(TypedDict):
    """What every run of a study was given the same amount of."""

    quantity: str
    amount: float


class Latency(TypedDict):
    """Seconds that a test set's utterances took one by one."""

    samples: int
    mean: float
    std: float | None


class Decoded(TypedDict):
    """How much audio of a test set was decoded, and in what time."""

    audio_seconds: float
    seconds: float


class Selected(TypedDict, total=False):
    """The exported weights: `last` or `best`, and the step they are of."""

    kind: str
    step: float


class Record(TypedDict, total=False):
    """What run.json says of a run; seconds, hours, and money in the user's currency."""

    name: str
    hash: str
    status: str
    error: str | None
    seed: int | None
    suite: str | None
    benchmarks: Any  # as a suite's file, and checked as one
    tag_decode: str
    commit: str | None
    dirty: bool | None
    source: str
    versions: dict[str, str]
    processor: str | None
    capability: str | None
    device: str
    devices: int
    precision: str
    attention: str
    model: Model
    manifests: dict[str, DataFile]
    hold: Held
    short_of_hold: float | None
    selected: Selected | None
    validation: dict[str, Any] | None
    consumed: Consumed | None
    consumed_by_corpus: Consumed
    latency: dict[str, Latency]
    latency_mean: float | None
    latency_std: float | None
    decoding: dict[str, Decoded]
    rtfx: float | None
    steps: float
    utterances: float
    supervised_tokens: float
    audio_hours_trained: float
    audio_seconds_per_second: float | None
    tokens_per_second: float | None
    padding: float | None
    peak_memory_gb: float | None
    mfu: float | None
    train_seconds: float
    price_per_hour: float | None
    cost: float | None
    start: str | None
    end: str | None
