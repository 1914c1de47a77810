"""What is told of a transcription while it goes on: how far it is, how fast, and what failed."""

import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from tqdm import tqdm

from plion.scoring.faults import LOOP
from plion.text.evalkit import collapse_repetitions
from plion.transcription.formats import Spoken

_MINUTE = 60


@dataclass
class Progress:
    """Seconds of audio that are dealt with, of `total`, on a bar; and what is told at the end."""

    total: float
    problems: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    _done: float = 0.0
    _heard: float = 0.0
    _read: float = 0.0
    _ended: float = 0.0
    _segments: int = 0
    _loops: int = 0

    def __post_init__(self) -> None:
        self._started = time.perf_counter()
        self._bar = tqdm(total=round(self.total), desc="audio", unit="s", mininterval=1)

    def heard(self, seconds: float) -> None:
        """Counts audio that has been decoded, whichever recording it is of."""
        self._heard += seconds
        self._show(self._done + seconds)

    def ended(
        self, seconds: float, read: float, problem: str | None, notices: Iterable[str] = ()
    ) -> None:
        """Counts what is silent of a recording of so many seconds, and what is wrong with it.

        read: how many of them could be. notices: what is unusual in it.
        """
        self._read += read
        self._ended += seconds
        self._show(max(self._done, self._ended))
        if problem:
            self.problems.append(problem)
        self.notices += notices

    def spoken(self, one: Spoken) -> None:
        """Counts a segment."""
        self._segments += 1
        self._loops += collapse_repetitions(one.text) != one.text

    def tell(self) -> None:
        """Ends the bar, and prints the speed and what to look at."""
        self._bar.close()
        took = time.perf_counter() - self._started
        print(
            f"heard {self._heard:.1f} of {self._read:.1f} s that were read; the rest is silent",
            file=sys.stderr,
        )
        print(
            f"{self._ended / _MINUTE:.1f} min of audio in {took:.1f} s, {self._segments} segments; "
            f"RTFx {self._ended / took:.1f}",
            file=sys.stderr,
        )
        if self._loops:
            print(f"{self._loops} of the segments repeat themselves: {LOOP}", file=sys.stderr)
        for notice in self.notices:
            print(f"notice: {notice}", file=sys.stderr)
        for problem in self.problems:
            print(f"plion: {problem}", file=sys.stderr)

    def _show(self, done: float) -> None:
        self._done = done
        self._bar.update(round(done) - self._bar.n)
