"""The tokens of references and hypotheses, normalised, as a metric compares them.

What is written alike is normalised once: the systems of a study transcribe the same test sets, and
most of their utterances without an error.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from plion.text.languages import Language
from plion.text.metrics import METRICS, Metric
from plion.text.normalize import normalize_all, resolve_profile
from plion.text.profiles import PROFILES


def tokenized(
    references: Sequence[str],
    hypotheses: Sequence[str],
    language: Language,
    metric: Metric,
    *,
    profile: str = "strict",
) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """The tokens of each reference and its hypothesis, as `count` compares them."""
    given = tuple(references)
    others = differing(given, hypotheses, language, metric, profile=profile)
    for place, words in enumerate(tokens_of(given, language, metric, profile)):
        yield words, others.get(place, words)


def differing(
    references: tuple[str, ...],
    hypotheses: Sequence[str],
    language: Language,
    metric: Metric,
    *,
    profile: str,
) -> dict[int, Sequence[str]]:
    """The tokens of the hypotheses that are written otherwise than their references, by place."""
    pairs = enumerate(zip(references, hypotheses, strict=True))
    places = [place for place, (text, said) in pairs if text != said]
    if PROFILES[resolve_profile(profile)].drops_empty:
        own = tokens_of(references, language, metric, profile)
        places = [place for place in places if own[place]]
    written = _normalized(tuple(hypotheses[place] for place in places), language, profile)
    return dict(zip(places, map(METRICS[metric].tokens, written), strict=True))


_normalized = lru_cache(maxsize=32)(normalize_all)  # for each metric of a test set


@lru_cache(maxsize=64)  # the systems of a study transcribe the same test sets
def tokens_of(
    texts: tuple[str, ...], language: Language, metric: Metric, profile: str
) -> list[Sequence[str]]:
    """The tokens of references, normalised with a profile."""
    return list(map(METRICS[metric].tokens, normalize_all(texts, language, profile)))
