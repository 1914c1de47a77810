"""How long intervals over all of the paper's test sets take, beside others' code: `make bench`."""

import random
import time
from collections.abc import Callable, Sequence

import jiwer
import kaldialign
import numpy as np
import pytest

from plion.scoring.counts import count
from plion.scoring.statistics.bootstrap import Sample
from plion.scoring.statistics.intervals import interval
from plion.scoring.statistics.resampled import REPLICATES, resample
from plion.scoring.statistics.resampling.clusters import clusters
from plion.text.metrics import Metric
from plion.text.shipped import SHIPPED

# The paper's test sets: utterances, and roughly words or characters an utterance and speakers.
SETS: dict[str, tuple[int, int, Metric, int]] = {
    "librispeech": (2619, 20, "wer", 40),
    "nsc": (3000, 11, "wer", 500),
    "commonvoice_zh": (9999, 17, "cer", 3000),
    "aishell1": (7176, 14, "cer", 20),
    "aishell3": (24773, 12, "cer", 170),
    "fleurs_zh": (945, 38, "cer", 350),
    "commonvoice_ta": (7907, 7, "wer", 500),
    "slr65": (429, 7, "wer", 50),
    "slr127": (12086, 7, "wer", 430),
    "fleurs_ta": (591, 17, "wer", 350),
    "mesolitica": (993, 22, "wer", 0),
    "fleurs_ms": (749, 21, "wer", 350),
}
WORDS = ["".join(random.Random(n).choices("abcdefghij", k=2 + n % 8)) for n in range(5000)]
CHARACTERS = [chr(code) for code in range(0x4E00, 0x4E00 + 3000)]
Texts = dict[str, tuple[list[str], list[str]]]


def spoilt(rng: random.Random, tokens: Sequence[str], known: Sequence[str]) -> list[str]:
    """Tokens of which some seven in a hundred are replaced, lost or followed by another."""
    said = []
    for token in tokens:
        chance = rng.random()
        if chance < 0.04:
            said.append(rng.choice(known))
        elif chance > 0.98:
            said += [token, rng.choice(known)]
        elif chance > 0.055:
            said.append(token)
    return said


def texts() -> Texts:
    rng, found = random.Random(0), {}
    for key, (utterances, length, metric, _) in SETS.items():
        known, glue = (CHARACTERS, "") if metric == "cer" else (WORDS, " ")
        rows = [rng.choices(known, k=max(1, round(rng.gauss(length, length / 3))))
                for _ in range(utterances)]  # fmt: skip
        said = [spoilt(rng, row, known) for row in rows]
        found[key] = ([glue.join(row) for row in rows], [glue.join(row) for row in said])
    return found


def ours(written: Texts) -> float:
    """Counts, every set's interval and that of the macro average, in clusters."""
    samples = []
    for key, (references, said) in written.items():
        utterances, _, metric, speakers = SETS[key]
        # `raw`: what is measured comes after normalisation.
        counted = count(references, said, SHIPPED["en"], metric, profile="raw")
        names = [str(n % speakers) if speakers else None for n in range(utterances)]
        sentences = names if key.startswith("fleurs") else [None] * utterances
        by = [None] * utterances if key.startswith("fleurs") else names
        found = clusters([None] * utterances, by, sentences)
        corpus = key.split("_")[0]
        samples.append(Sample(key, counted.errors[None], counted.lengths, found, corpus))
    drawn = resample(samples, REPLICATES)
    for weights in np.eye(len(samples)):
        interval(drawn, weights, (1.0,))
    return interval(drawn, np.full(len(samples), 1 / len(samples)), (1.0,)).high


def tokens(written: Texts) -> tuple[list[list[str]], list[list[str]]]:
    references, said = [], []
    for key, (one, other) in written.items():
        cut: Callable[[str], list[str]] = list if SETS[key][2] == "cer" else str.split
        references += map(cut, one)
        said += map(cut, other)
    return references, said


def by_utterance(references: list[list[str]], said: list[list[str]]) -> float:
    """jiwer on every utterance, and utterances drawn with random.choices."""
    errors, lengths = [], []
    for one, other in zip(references, said, strict=True):
        made = jiwer.process_words(" ".join(one), " ".join(other))
        errors.append(made.substitutions + made.deletions + made.insertions)
        lengths.append(len(one))
    rng, places, rates = random.Random(0), range(len(errors)), []
    for _ in range(REPLICATES):
        chosen = rng.choices(places, k=len(places))
        rates.append(sum(errors[n] for n in chosen) / sum(lengths[n] for n in chosen))
    return sorted(rates)[int(0.975 * REPLICATES)]


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """By the clock and of the processor: the clock counts what else a busy machine does."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


@pytest.mark.bench
def test_intervals_of_the_papers_test_sets() -> None:
    written = texts()
    references, said = tokens(written)
    own = seconds(lambda: ours(written))
    kaldi = seconds(lambda: kaldialign.bootstrap_wer_ci(references, said, replications=REPLICATES))
    plain = seconds(lambda: by_utterance(references, said))
    print(
        f"\nintervals: {len(references):,} utterances, {REPLICATES:,} replicates: {own[0]:.1f} s "
        f"({own[1]:.1f} s of the processor) with counting, clusters and a macro average"
    )
    for name, theirs in {"kaldialign": kaldi, "jiwer and random.choices": plain}.items():
        print(
            f"  {name}: {theirs[0]:.1f} s ({theirs[1]:.1f}), "
            f"{theirs[0] / own[0]:.1f} times ({theirs[1] / own[1]:.1f})"
        )
