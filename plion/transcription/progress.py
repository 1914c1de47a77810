"""Progress of a transcription: a bar, the speed, and a list of problems at the end."""

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
    """A progress bar over `total` seconds of audio, and the report at the end."""

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
        """Adds seconds of decoded audio of any recording."""
        self._heard += seconds
        self._show(self._done + seconds)

    def ended(
        self, seconds: float, read: float, problem: str | None, notices: Iterable[str] = ()
    ) -> None:
        """Marks the end of a recording of `seconds`, and adds its problem and notices.

        read: seconds that could be read. notices: remarks about unusual audio.
        """
        self._read += read
        self._ended += seconds
        self._show(max(self._done, self._ended))
        if problem:
            self.problems.append(problem)
        self.notices += notices

    def spoken(self, one: Spoken) -> None:
        """Adds a segment."""
        self._segments += 1
        self._loops += collapse_repetitions(one.text) != one.text

    def tell(self) -> None:
        """Closes the bar and prints the speed, notices and problems."""
        self._bar.close()
        took = time.perf_counter() - self._started
        print(
            f"transcribed {self._heard:.1f} of {self._read:.1f} s read; the rest is silent",
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
