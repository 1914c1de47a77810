"""Signal handlers that exit through SystemExit, so that cleanup code runs."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any


def leave(number: int, _: FrameType | None) -> None:
    """Signal handler: raise SystemExit with status 128 + signal number."""
    raise SystemExit(128 + number)


@contextmanager
def handled(handlers: Mapping[signal.Signals, Any]) -> Iterator[None]:
    """Install signal handlers, and restore the previous ones on exit (main thread only)."""
    before = {number: signal.signal(number, own) for number, own in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
