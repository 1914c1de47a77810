"""The plan of a run: every batch in order (made by planner.py).

It is known before training starts, unless an adaptive sampler decides each pass while it trains.
"""

from dataclasses import dataclass, field

import numpy as np

from plion.errors import InputError
from plion.sampling.mixture import Draws
from plion.sampling.settings import Hold


@dataclass(frozen=True)
class Totals:
    """Totals of a run. `supervised_tokens` is None if tokens are not counted."""

    audio_hours: float
    utterances: int
    supervised_tokens: int | None
    steps: int
    # Share of the padded audio that is padding, rounding to seconds included. An upper bound with
    # speed perturbation: every batch is assumed to have its greatest possible length.
    padding: float


@dataclass(frozen=True, eq=False)
class Plan:
    """The batches of a run in order, and the held quantity consumed after every optimiser step.

    Batch b holds the utterances `numbers[bounds[b]:bounds[b + 1]]`. `draw_numbers`, of the same
    shape, are their positions in the run's stream: they seed randomness per draw (augmentation),
    so that it does not depend on ranks or workers. Shape (batches,): `seconds` of audio, `tokens`
    of text (None if unknown), `padded` seconds and `cost` (see batches.py). Within a step batches
    are sorted by cost, highest first. `consumed[k]` is the held quantity after k steps, with
    `consumed[0] = 0`. `draws[p]`: draws of pass p. `stretch`: mean playing time of a second of
    audio under speed perturbation. `open_after`: number of steps after which all is a forecast,
    because the draws of further passes are not decided yet; None if nothing is open.
    """

    hold: Hold
    per_step: int
    numbers: np.ndarray = field(repr=False)
    draw_numbers: np.ndarray = field(repr=False)
    bounds: np.ndarray = field(repr=False)
    seconds: np.ndarray = field(repr=False)
    tokens: np.ndarray | None = field(repr=False)
    padded: np.ndarray = field(repr=False)
    cost: np.ndarray = field(repr=False)
    consumed: np.ndarray = field(repr=False)
    draws: tuple[Draws, ...] = field(repr=False)
    stretch: float = 1.0
    open_after: int | None = None

    @property
    def decided(self) -> int:
        """Number of steps whose batches will not change."""
        return self.steps if self.open_after is None else self.open_after

    @property
    def batches(self) -> int:
        """Number of batches: `steps` times `per_step`."""
        return len(self.bounds) - 1

    @property
    def steps(self) -> int:
        """Number of optimiser steps."""
        return len(self.consumed) - 1

    @property
    def fractions(self) -> np.ndarray:
        """Consumed / held amount after every step, 0 to 1, shape (steps + 1,): schedule time."""
        return np.minimum(self.consumed / self.hold.amount, 1.0)

    @property
    def passes(self) -> float:
        """Number of passes that the run draws, a part of the last one counted as a fraction."""
        sizes = [sum(one.counts) for one in self.draws]
        return len(sizes) - 1 + (len(self.numbers) - sum(sizes[:-1])) / sizes[-1]

    @property
    def totals(self) -> Totals:
        """Audio hours, utterances, tokens, steps and padding of the whole run."""
        seconds = float(self.seconds.sum())
        return Totals(
            audio_hours=seconds / 3600,
            utterances=len(self.numbers),
            supervised_tokens=None if self.tokens is None else round(float(self.tokens.sum())),
            steps=self.steps,
            padding=1 - self.stretch * seconds / float(self.padded.sum()),
        )

    def batch(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """The utterance numbers and draw numbers of a batch."""
        part = slice(self.bounds[number], self.bounds[number + 1])
        return self.numbers[part], self.draw_numbers[part]

    def deal(self, rank: int, world_size: int) -> np.ndarray:
        """The numbers of the batches that a rank takes: per_step / world_size of each step.

        Ranks take neighbours in a step's order of cost, so that none waits long for another.
        Raises InputError if per_step is not divisible by world_size.
        """
        if self.per_step % world_size:
            raise InputError(
                f"batch.per_step is {self.per_step}, which {world_size} devices cannot share "
                "equally; set a multiple of the number of devices"
            )
        return np.arange(self.batches).reshape(-1, self.per_step)[:, rank::world_size].ravel()
