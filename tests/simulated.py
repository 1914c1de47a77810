"""Test sets whose true error rates are known: speakers that differ, of unequal many utterances."""

import numpy as np

from plion.scoring.statistics.bootstrap import Sample
from plion.scoring.statistics.intervals import contrast
from plion.scoring.statistics.resampling.clusters import Clusters
from plion.scoring.statistics.seeds import FIXED

SPREAD = 0.6  # of speakers and sentences, in logits


def mean_rate(centre, spread):
    """The mean of a logistic-normal, in percent."""
    points, weights = np.polynomial.hermite_e.hermegauss(60)
    return 100 * (weights @ logistic(centre + spread * points)) / weights.sum()


def logistic(x):
    return 1 / (1 + np.exp(-x))


def unequal(rng, clusters, utterances=12):
    """How many utterances each cluster has: between two and five times the mean or so."""
    return 2 + rng.poisson(rng.gamma(1.5, (utterances - 2) / 1.5, size=clusters))


def by_speaker(rng, speakers, centres=(-1.5,), own=0.4, key="a"):
    """A set under one system for each centre, of which speakers are hard or easy in all alike.

    `own`: how much a speaker differs from system to system besides.
    """
    codes = np.repeat(np.arange(speakers), unequal(rng, speakers))
    shared = rng.normal(0, SPREAD, size=speakers)
    hard = [centre + shared + rng.normal(0, own, size=speakers) for centre in centres]
    return said(rng, key, np.stack(hard)[:, codes], named("speaker", codes, speakers))


def true_rate(centre, own=0.4):
    return mean_rate(centre, np.hypot(SPREAD, own))


def said(rng, key, logits, clusters, corpus=""):
    """Errors of utterances of 3 to 20 words, (systems, utterances) by their logits."""
    lengths = rng.integers(3, 21, size=logits.shape[1])
    return Sample(key, rng.binomial(lengths, logistic(logits)), lengths, clusters, corpus)


def named(kind, codes, number):
    return Clusters(kind, codes, tuple(str(code) for code in range(number)))


def crossed(rng, speakers, sentences, readers=3, centre=-1.5, own=0.4):
    """A set whose sentences are each read by some speakers: both are hard or easy."""
    read = np.repeat(np.arange(sentences), readers)
    codes = rng.integers(speakers, size=len(read))
    logits = centre + rng.normal(0, SPREAD, size=speakers)[codes]
    logits = logits + rng.normal(0, own, size=sentences)[read]
    clusters = named("speaker", codes, speakers)
    read_clusters = named("sentence", read, sentences)
    return said(
        rng,
        "a",
        logits[None],
        Clusters(clusters.kind, clusters.codes, clusters.names, read_clusters),
    )


def shared(rng, sentences, centres=(-1.5, -1.0, -0.5), own=0.2):
    """Sets of one corpus in several languages that read the same sentences, as FLEURS does."""
    hard = rng.normal(0, SPREAD, size=sentences)
    found = []
    for number, centre in enumerate(centres):
        codes = np.repeat(np.arange(sentences), rng.integers(1, 4, size=sentences))
        logits = centre + (hard + rng.normal(0, own, size=sentences))[codes]
        clusters = named("sentence", codes, sentences)
        found.append(said(rng, str(number), logits[None], clusters, "one"))
    return found


def of_seeds(rng, speakers, seeds, centres=(-1.5, -1.5), between=0.0, key="a"):
    """One set under runs of each centre and seed, whose quality differs by `between` logits."""
    codes = np.repeat(np.arange(speakers), unequal(rng, speakers))
    hard = rng.normal(0, SPREAD, size=speakers)[codes]
    runs = rng.normal(0, between, size=len(centres) * seeds)
    logits = hard + (np.repeat(centres, seeds) + runs)[:, None]
    return said(rng, key, logits, named("speaker", codes, speakers))


def by_seed(seeds):
    """The difference of the means of two cells, as coefficients of their runs: (2 * seeds,)."""
    return np.repeat([1.0, -1.0], seeds) / seeds


def two_cells(seeds):
    """The cells of these runs; of one seed, systems as they are."""
    return np.repeat([0, 1] if seeds > 1 else [FIXED] * 2, seeds)


def repeated(repetitions, make, coefficients=(1.0,), replicates=400, cells=None):
    """Intervals of so many simulated tests, with fixed seeds."""
    return [
        contrast(
            make(np.random.default_rng((7, number))), coefficients, replicates, number, cells=cells
        )
        for number in range(repetitions)
    ]


def coverage(intervals, truth):
    """The percentage of intervals that hold the true value."""
    return 100 * np.mean([found.low <= truth <= found.high for found in intervals])


def unblocked(samples):
    """The same sets as if nothing were known of their speakers."""
    return [Sample(one.key, one.errors, one.lengths) for one in samples]


CENTRES = (-1.5, -1.0, -2.5, -0.5)  # of the sets of an average


def one_set(rng, speakers):
    return [by_speaker(rng, speakers)]


def two_systems(rng, speakers):
    return [by_speaker(rng, speakers, (-1.5, -1.3))]


def several_sets(rng, speakers):
    """Four sets, and three more that read the same sentences."""
    sets = [by_speaker(rng, speakers, (centre,), key=str(centre)) for centre in CENTRES]
    return sets + shared(rng, speakers)


TRUE_RATE = true_rate(-1.5)
TRUE_DIFFERENCE = TRUE_RATE - true_rate(-1.3)
TRUE_MACRO = np.mean(
    [true_rate(centre) for centre in CENTRES]
    + [true_rate(centre, own=0.2) for centre in (-1.5, -1.0, -0.5)]
)
