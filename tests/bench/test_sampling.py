"""What planning takes in time and memory, and what its batches waste: `make bench`."""

import json
import subprocess
import sys
import time
from operator import itemgetter
from pathlib import Path

import numpy as np
import pytest

from plion.config.schema import Experiment
from plion.planning.step_mix import step_mix
from plion.planning.train_sets import from_paper
from plion.sampling.batches import Budget, Lengths, compose
from plion.sampling.mixture import Statistics, mix
from plion.sampling.planner import plan
from plion.sampling.policies import Proportional
from plion.sampling.settings import Hold
from plion.sampling.strata import Strata
from plion.sampling.stream import Stream

BUDGET = Budget(seconds=240, utterances=512, window=20_000)
PER_STEP = 8
RANDOM = 32  # utterances of a random batch
PADDING, MEGABYTES = 10, 1000  # at most: percent over whole seconds, and of 10,000,000 utterances


@pytest.mark.bench
def test_the_papers_utterances() -> None:
    """One pass of Table 1 with simulated durations, mixed by window and stratified."""
    train_sets = from_paper(Experiment())
    lengths = Lengths(
        np.concatenate([one.durations for one in train_sets]), train_sets[0].clip_cost
    )
    sizes = [len(one.durations) for one in train_sets]
    languages = list(dict.fromkeys(one.language for one in train_sets))
    groups = np.repeat([languages.index(one.language) for one in train_sets], sizes)
    corpora = [
        Statistics(one.key, one.language, size, float(one.durations.sum()) / 3600)
        for one, size in zip(train_sets, sizes, strict=True)
    ]
    print(f"\n{sum(sizes):,} utterances, budget {BUDGET.seconds:g} s, window {BUDGET.window:,}")
    for name, stratify in (("window", None), ("stratified", groups)):
        started = time.perf_counter()
        draws = mix(Proportional(), corpora)
        stream = Stream(tuple(sizes), seed=0)
        hold = Hold("utterances", 0.99 * sum(sizes))  # within the first pass
        planned = plan(
            stream,
            lambda _, d=draws: d,
            lengths,
            BUDGET,
            per_step=PER_STEP,
            hold=hold,
            groups=stratify,
        )
        planned.batch(0)
        seconds = time.perf_counter() - started
        order = stream.order(0, draws)
        started = time.perf_counter()
        strata = None if stratify is None else Strata(stratify, PER_STEP)
        batches = compose(order, lengths, BUDGET, stream.batch_rng(0), strata=strata)
        speed = len(order) / (time.perf_counter() - started)
        mixed = step_mix(planned, groups, len(languages))
        print(
            f"{name}: plan and first batch {seconds:.2f} s (1 s at most), composer {speed:,.0f} "
            "utterances/s (200,000 at least), "
            f"{_padding(batches.padded.sum(), lengths)}; language entropy in a step of {PER_STEP} "
            f"{mixed.entropy:.3f}, steps that miss a language {100 * mixed.missing:.2f} %, "
            f"utterances a step {mixed.utterances:.0f} (least {mixed.fewest})"
        )
        assert len(batches.positions) == sum(sizes)
        assert _over_whole_seconds(batches.padded.sum(), lengths) <= PADDING
    starts = np.arange(0, len(order), RANDOM)
    longest = lengths.clip_cost.padded(np.maximum.reduceat(lengths.seconds[order], starts))
    padded = (longest * np.diff(starts, append=len(order))).sum()
    print(f"random batches of {RANDOM}: {_padding(padded, lengths)}")


def _over_whole_seconds(padded: float, lengths: Lengths) -> float:
    """Percent that padded seconds are over those of audio rounded up to whole seconds."""
    return 100 * float(padded / lengths.clip_cost.padded(lengths.seconds).sum() - 1)


def _padding(padded: float, lengths: Lengths) -> str:
    """Padded seconds over those of audio rounded up to whole seconds, and of audio as it is."""
    return (
        f"padding {_over_whole_seconds(padded, lengths):.1f} % over whole seconds, "
        f"{100 * (1 - lengths.seconds.sum() / padded):.1f} % of what is padded"
    )


@pytest.mark.bench
def test_many_utterances_in_1000_corpora() -> None:
    """Ten times the utterances: time and memory should grow no more than tenfold.

    Times are the least of several, in turn, since what else runs can only add to them.
    """
    script = Path(__file__).with_name("plan_many.py")
    taken: dict[int, dict[str, float]] = {}
    for utterances in (1_000_000, 10_000_000) * 3:
        command = [sys.executable, str(script), str(utterances)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found = json.loads(done.stdout)
        taken[utterances] = min(found, taken.get(utterances, found), key=itemgetter("seconds"))
    for utterances in taken:
        print(
            f"\n{utterances:,} utterances in 1,000 corpora: {taken[utterances]['batches']:,} "
            f"batches, plan and first batch {taken[utterances]['seconds']:.2f} s (30 s at most), "
            f"{taken[utterances]['megabytes']:.0f} MB at most",
            end="",
        )
    few, many = taken.values()
    print(
        f"\nratio: time {many['seconds'] / few['seconds']:.1f}, "
        f"memory {many['megabytes'] / few['megabytes']:.1f}"
    )
    assert many["batches"] > few["batches"]
    assert many["megabytes"] <= MEGABYTES
