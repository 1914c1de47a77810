"""Shows a study's state as it changes: a live page in a terminal, else a line a minute."""

import math
import time
from types import TracebackType
from typing import IO

from rich.console import Console
from rich.live import Live

from plion.studies.watching.page import Page, line
from plion.studies.watching.state import State

_PAGE, _LINE = 2.0, 60.0  # seconds between pages in a terminal, and between lines elsewhere


class Display:
    """Shows states on a stream; use as a context, which leaves the last page or line there."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._console = Console(file=stream)
        self.live = self._console.is_terminal and not self._console.is_dumb_terminal
        self._live = Live(console=self._console, auto_refresh=False) if self.live else None
        self._shown = -math.inf

    def __enter__(self) -> "Display":
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live:
            self._live.stop()

    @property
    def due(self) -> bool:
        """Whether the next page or line is due."""
        return time.monotonic() - self._shown >= (_PAGE if self.live else _LINE)

    def show(self, state: State) -> None:
        """Shows a state as the page, or as a line."""
        if self._live:
            self._live.update(Page(state), refresh=True)
            self._shown = time.monotonic()
        else:
            self.say(line(state))

    def say(self, text: str) -> None:
        """Writes a line, above the page if there is one; the next one of a state is due later."""
        if self._live:
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            print(text, file=self._stream, flush=True)
            self._shown = time.monotonic()
