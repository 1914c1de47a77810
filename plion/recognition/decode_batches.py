"""Makes batches of utterances to decode."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from torch.utils.data import DataLoader

from plion.config.schema import Evaluate, Trainer
from plion.data.manifest import Utterance
from plion.loading.batches import DecodeBatch, DecodeCollator
from plion.loading.clips import Clips
from plion.loading.workers import loader
from plion.sampling.batches import Budget, Lengths, compose
from plion.sampling.clip_cost import ClipCost


def decoding_batches(
    utterances: Sequence[Utterance], evaluate: Evaluate, clip_cost: ClipCost, context: int = 0
) -> list[list[int]]:
    """Places of utterances in batches of like length under `evaluate`'s budget.

    The longest come first: what does not fit into memory shows at once. `context`: tokens before
    each clip, which count as in training.
    """
    durations = np.array([utterance.duration for utterance in utterances])
    before = np.full(len(durations), context) if context else None
    lengths = Lengths(durations, clip_cost, before)
    budget = Budget(
        max(evaluate.seconds, float(lengths.cost().max())), evaluate.utterances, len(utterances)
    )
    falling = np.argsort(-durations, kind="stable")  # kept among those padded to one length
    cut = compose(falling, lengths, budget, np.random.default_rng(0))
    batches = [falling[cut.positions[start:end]].tolist() for start, end in pairwise(cut.bounds)]
    return sorted(batches, key=lambda batch: -durations[batch].max())


def shared_batches(batches: list[list[int]], rank: int, world_size: int) -> list[list[int]]:
    """A rank's part of batches that are the same for any number of ranks, which take turns.

    Where there are fewer, a rank that would be idle repeats the last.
    """
    return batches[rank::world_size] or batches[-1:]


def batch_loader(
    clips: Clips, batches: Sequence[Sequence[int]], collate: DecodeCollator, trainer: Trainer
) -> DataLoader[DecodeBatch]:
    """The data loader of clips to decode in the given batches."""
    keys = [[(number, None) for number in batch] for batch in batches]
    return loader(clips, keys, collate, trainer)
