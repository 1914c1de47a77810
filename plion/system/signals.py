"""Signals that unwind this process as an exit does, so that nothing of it stays behind."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any


def leave(number: int, _: FrameType | None) -> None:
    """Ends the process with the status of one that the signal has stopped."""
    raise SystemExit(128 + number)


@contextmanager
def handled(handlers: Mapping[signal.Signals, Any]) -> Iterator[None]:
    """Has signals handled so inside, and as before after it. In the main thread alone."""
    before = {number: signal.signal(number, own) for number, own in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
