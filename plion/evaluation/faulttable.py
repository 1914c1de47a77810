"""What a scorecard says beside its error rates: languages, and what is wrong with transcripts."""

import tabulate

from plion.evaluation.confusion import confusion, how_told
from plion.evaluation.faults import LOOP, faults
from plion.evaluation.scorecard import Scorecard, Scored
from plion.evaluation.scoring import (
    count,
    language_mean,
    language_means,
    language_spread,
    worst_language,
)

_HEADER = (
    "benchmark", "length ratio", "empty", "loops", "wrong script", "wrong language", "capped",
)  # fmt: skip


def languages_line(card: Scorecard) -> str:
    """Each language's mean rate, their mean, the worst, and how far they lie apart."""
    rates = {one.transcribed.key: one.counts.rate for one in card.scored}
    of = {one.transcribed.key: one.transcribed.language.key for one in card.scored}
    means, worst = language_means(rates, of), worst_language(rates, of)
    if worst is None:
        return "By language: none is covered."
    listed = ", ".join(f"{language} {mean:.2f}" for language, mean in means.items())
    return (
        f"By language: {listed}; of {len(means)} languages the mean is "
        f"{language_mean(rates, of):.2f}, the worst {worst[0]}, the spread "
        f"{language_spread(rates, of):.2f}."
    )


def faults_table(card: Scorecard) -> str:
    """A line a benchmark; those of Tamil with their error by grapheme cluster."""
    columns = [_cells(one) for one in card.scored]
    beside = [_beside(one, card.profile) for one in card.scored]
    header = list(_HEADER)
    if any(beside):
        header.append("by cluster")
        columns = [[*cells, rate] for cells, rate in zip(columns, beside, strict=True)]
    rows = [[one.transcribed.key, *cells] for one, cells in zip(card.scored, columns, strict=True)]
    align = ["left"] + ["right"] * (len(header) - 1)
    return tabulate.tabulate(rows, header, "simple", colalign=align, disable_numparse=True)


def faults_note(card: Scorecard) -> str:
    """How the faults are counted."""
    pairs = [
        (one.transcribed.language.key, utterance.text)
        for one in card.scored
        for utterance in one.transcribed.utterances
    ]
    return (
        "Length ratio: tokens of the transcripts to one of the references. Then utterances in "
        f"percent: empty; loops, {LOOP}; wrong script, most words in neither the language's own "
        "nor the reference's; wrong language, told "
        f"{how_told([language for language, _ in pairs], [text for _, text in pairs])}. Capped: "
        "the rate where an utterance's errors count up to its reference's length. By cluster: "
        "Tamil's rate by grapheme cluster."
    )


def _cells(one: Scored) -> list[str]:
    language, texts = one.transcribed.language.key, one.transcribed.texts
    found = faults(_references(one), texts, language, one.utterances)
    taken = confusion([language] * len(texts), [None] * len(texts), texts)
    odd = (found.empty, found.loops, found.wrong_script, taken.confused)
    ratio, capped = found.length_ratio, found.capped.rate
    return [
        "" if ratio is None else f"{ratio:.3f}",
        *(f"{100 * utterances / len(texts):.2f}" for utterances in odd),
        "" if capped is None else f"{capped:.2f}",
    ]


def _beside(one: Scored, profile: str) -> str:
    language = one.transcribed.language
    if language.beside in (None, language.metric):
        return ""
    references, texts = _references(one), one.transcribed.texts
    rate = count(references, texts, language.key, language.beside, profile).pooled().rate
    return "" if rate is None else f"{rate:.2f}"


def _references(one: Scored) -> list[str]:
    return [utterance.text for utterance in one.transcribed.utterances]
