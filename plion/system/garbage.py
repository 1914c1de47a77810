"""How often Python looks for objects that only refer to each other."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_RARER = 100


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Looks for garbage a hundred times less often; also where a process is forked meanwhile.

    Whoever reads thousands of runs makes millions of objects that stay, and looking through them
    again and again takes a fifth of the time.
    """
    before = gc.get_threshold()
    gc.set_threshold(before[0] * _RARER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
