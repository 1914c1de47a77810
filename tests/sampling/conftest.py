"""The paper's train counts, and a small mixture of corpora of unlike sizes."""

import pytest

from plion.sampling.policies import Corpus


@pytest.fixture
def paper() -> list[Corpus]:
    """Train utterances of Polyglot-Lion's Table 1 (arXiv 2603.16184)."""
    return [
        Corpus("librispeech", "en", 28539),
        Corpus("nsc", "en", 100000),
        Corpus("commonvoice_zh", "zh", 29473),
        Corpus("aishell1", "zh", 120098),
        Corpus("aishell3", "zh", 56936),
        Corpus("fleurs_zh", "zh", 3246),
        Corpus("commonvoice_ta", "ta", 45186),
        Corpus("slr65", "ta", 3427),
        Corpus("slr127", "ta", 69575),
        Corpus("fleurs_ta", "ta", 2366),
        Corpus("mesolitica", "ms", 17851),
        Corpus("fleurs_ms", "ms", 2667),
    ]
