"""A test set as one system transcribed it."""

import numpy as np
import pytest

from plion.errors import InputError
from plion.scoring.benchmarks import Benchmark
from plion.scoring.predictions import Prediction
from plion.scoring.scored import Scored, counted
from plion.text.shipped import SHIPPED

NSC = Benchmark("nsc", SHIPPED["en"], "wer", "nsc/test.jsonl")


def scored(*said: str, profile: str = "strict") -> Scored:
    """What was said to `a b`, by a speaker each."""
    rows = [Prediction(str(n), "a b", text, text, speaker=f"s{n}") for n, text in enumerate(said)]
    return counted(NSC, tuple(rows), profile)


def test_counts_are_those_of_the_rows_and_their_sum() -> None:
    found = scored("a b", "a c", "")
    assert found.utterances.errors.tolist() == [0, 1, 2]
    assert (found.counts.errors, found.counts.reference_length) == (3, 6)
    assert (found.ids, found.references[0], found.texts[1]) == (("0", "1", "2"), "a b", "a c")


def test_clusters_are_the_speakers() -> None:
    assert scored("a", "b", "c").clusters.described == "3 speakers"


def test_part_has_the_counts_of_what_stays() -> None:
    part = scored("a b", "a c", "").only(np.array([True, True, False]))
    assert (part.counts.errors, part.counts.n_utterances, part.ids) == (1, 2, ("0", "1"))
    assert part.clusters.described == "2 speakers"


def test_unknown_profile_is_refused() -> None:
    with pytest.raises(InputError, match="strictt"):
        scored("a", profile="strictt")
