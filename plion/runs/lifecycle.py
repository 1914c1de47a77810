"""run.json over a run's life: environment, status, start and end, error."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from plion.errors import sentence
from plion.runs.folder import RunFolder
from plion.runs.provenance import provenance
from plion.runs.record import RunRecord
from plion.system.files import atomic_write

# What a run resumed by other code or on another processor has of both, and what is between them.
_JOINED = {"source": "+", "processor": " + ", "capability": " + "}
_KEPT = ("start", "attention")  # as first recorded; a training keeps the attention it was made with


@contextmanager
def recorded(folder: RunFolder, config: str, **known: Any) -> Iterator[None]:
    """Keeps run.json's status: `running` inside, then `done`, or `failed` with the error.

    A failed run is `refused` if the request was wrong, as with a bad manifest or a full disk.
    A run stopped by a signal stays `running` and can be resumed; `attempts` counts its starts. A
    run resumed by other code or on another processor records both. `config`: the content of
    config.yaml. `known`: further fields to write, as the model and the device, which this room
    knows nothing of.
    """
    before = folder.read()
    fields = {**provenance(folder), "start": _now(), **known}
    fields |= {name: _joined(before, name, fields.get(name)) for name in _JOINED}
    fields |= {name: getattr(before, name) or fields.get(name) for name in _KEPT}
    atomic_write(folder.config, config)
    folder.write(status="running", attempts=_attempts(before) + 1, **fields)
    try:
        yield
    except Exception as error:
        told = sentence(error)
        folder.failed(error=told or str(error), refused=told is not None, end=_now())
        raise
    folder.write(status="done", error=None, refused=None, end=_now())


def _attempts(before: RunRecord) -> int:
    """Starts so far; at least one of a run begun by a plion that did not count them."""
    return before.attempts or int(before.start is not None)


def _joined(before: RunRecord, name: str, now: str | None) -> str | None:
    """Joins the values that a field had over the starts of a run, each value once."""
    parts = (getattr(before, name) or "").split(_JOINED[name])
    return _JOINED[name].join(dict.fromkeys(filter(None, [*parts, now]))) or None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
