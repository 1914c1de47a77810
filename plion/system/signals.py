"""Signal handlers that exit through an exception, so that cleanup code runs."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Stopped(SystemExit):
    """Exits the process with status 128 + signal number."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = number


def leave(number: int, _: FrameType | None) -> None:
    """Signal handler: raise Stopped."""
    raise Stopped(number)


@contextmanager
def handled(handlers: Mapping[signal.Signals, Any]) -> Iterator[None]:
    """Install signal handlers, and restore the previous ones on exit (main thread only)."""
    before = {number: signal.signal(number, own) for number, own in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
