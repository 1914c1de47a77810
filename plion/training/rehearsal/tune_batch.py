"""`plion tune-batch`: search of the largest `batch.seconds` that fits a device."""

import math
import sys
from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import partial
from os.path import relpath
from pathlib import Path

from plion.config.layers import override
from plion.config.schema import Experiment
from plion.errors import InputError
from plion.planning.train_sets import from_manifests
from plion.planning.utterances import lengths
from plion.system.files import atomic_write
from plion.system.yamls import merged, write_yaml
from plion.training.processes.launch import require_single_process
from plion.training.rehearsal.memory_trial import Trial, try_budget

_GIB = 2**30
_NEAR = 0.05  # tolerance: part by which the budget found may be below the largest that fits
_ANY = 1e9  # seconds; a budget that holds any utterance


def tune(exp: Experiment, memory: float | None, margin: float) -> int:
    """The largest whole `batch.seconds` whose costliest batches fit.

    `memory`: GiB to stay within, None for what is free on the device; `margin`: the part of it to
    keep free. Every budget, also the one returned, is tried in a process of its own. Raises
    InputError if not even the smallest fits, or if the experiment cannot be trained.
    """
    require_single_process("tune-batch")
    if not 0 <= margin < 1:
        raise InputError(f"--margin must be 0 or more and below 1, not {margin:g}")
    if memory is not None and not memory > 0:
        raise InputError(f"--memory must be above 0 GiB, not {memory:g}")
    limit = None if memory is None else round(memory * _GIB)
    return largest(_smallest(exp), partial(try_budget, exp, limit=limit), margin)


def largest(smallest: int, attempt: Callable[[int], Trial], margin: float) -> int:
    """The largest budget, from `smallest` on, whose peak leaves the margin free.

    Memory grows about linearly with the budget: the next trial is where a line through the last
    two meets the limit, at most twice the last. Raises InputError if `smallest` does not fit.
    """
    fits: list[Trial] = []
    too_large = 0  # none found yet
    candidate = smallest
    while True:
        trial = attempt(candidate)
        allowed = (1 - margin) * trial.limit
        _tell(trial, allowed)
        if trial.peak is not None and trial.peak <= allowed:
            fits.append(trial)
            if len(fits) > 1 and trial.used <= fits[-2].seconds:
                # A larger budget gives no larger batches: the plan or batch.utterances limits them.
                return max(smallest, math.ceil(trial.used))
        else:
            too_large = candidate
        if not fits:
            raise InputError(
                f"batch.seconds={smallest} is the smallest that holds the longest utterance, but "
                f"does not fit into {allowed / _GIB:.2f} GiB: lower data.max_seconds, or set "
                "trainer.gradient_checkpointing=[audio_tower,language_model]"
            )
        best = fits[-1].seconds
        candidate = _next(fits, allowed)
        if too_large:
            candidate = min(candidate, (best + too_large) // 2)
        if candidate - best < max(1, _NEAR * best):
            return best


def write_tuned(path: Path, experiment: str, overrides: Sequence[str], seconds: int) -> None:
    """Writes an experiment file that extends another with overrides and the budget found."""
    layers = [
        {"extends": relpath(experiment, path.parent)},
        *(override(text).values for text in overrides),
        {"batch": {"seconds": seconds}},
    ]
    atomic_write(path, write_yaml(merged(layers)))


def _smallest(exp: Experiment) -> int:
    """The smallest budget that holds every utterance, in seconds."""
    changed = deepcopy(exp)
    changed.batch.seconds = _ANY
    cost = lengths(from_manifests(changed), changed).cost()
    return math.ceil(float(cost.max()))


def _next(fits: Sequence[Trial], allowed: float) -> int:
    """The budget at which a line through the last two peaks meets the limit; at most doubled."""
    last = fits[-1]
    twice = 2 * last.seconds
    if len(fits) == 1:
        return twice
    before = fits[-2]
    assert last.peak is not None and before.peak is not None
    slope = (last.peak - before.peak) / (last.seconds - before.seconds)
    return min(twice, int(last.seconds + (allowed - last.peak) / slope)) if slope > 0 else twice


def _tell(trial: Trial, allowed: float) -> None:
    taken = "more than" if trial.peak is None else f"{trial.peak / _GIB:.2f} of"
    print(
        f"batch.seconds={trial.seconds}: {taken} {allowed / _GIB:.2f} GiB",
        file=sys.stderr,
        flush=True,
    )
