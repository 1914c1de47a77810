"""Plans one pass of many simulated utterances in 1,000 corpora; prints seconds and peak memory.

A process of its own, so that its memory is its own: `python plan_many.py UTTERANCES`.
"""

import json
import resource
import sys
import time

import numpy as np

from plion.sampling.batches import Budget, Lengths
from plion.sampling.clip_cost import ClipCost
from plion.sampling.mixture import Statistics, mix
from plion.sampling.planner import plan
from plion.sampling.policies import Proportional
from plion.sampling.settings import Hold
from plion.sampling.stream import Stream

CORPORA, LANGUAGES, MEAN = 1000, 40, 6.0  # seconds of an utterance


def main(utterances: int) -> None:
    size = utterances // CORPORA
    seconds = np.random.default_rng(0).lognormal(np.log(MEAN) - 0.35**2 / 2, 0.35, utterances)
    lengths = Lengths(np.clip(seconds, 0.5, 30, out=seconds), ClipCost(13))
    corpora = [
        Statistics(f"corpus{i}", f"language{i % LANGUAGES}", size, size * MEAN / 3600)
        for i in range(CORPORA)
    ]
    started = time.perf_counter()
    draws = mix(Proportional(), corpora)
    stream = Stream(tuple(corpus.utterances for corpus in corpora), seed=0)
    hold = Hold("utterances", 0.99 * utterances)  # within the first pass
    planned = plan(
        stream, lambda done: draws, lengths, Budget(240, 512, 20_000), per_step=8, hold=hold
    )
    planned.batch(0)
    print(
        json.dumps(
            {
                "batches": planned.batches,
                "seconds": time.perf_counter() - started,
                "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
