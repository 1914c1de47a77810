"""The findings of an audit as sentences, by corpus."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice, zip_longest

from plion.data.audit.audit import Audit
from plion.data.audit.characters import shown
from plion.data.audit.facts import Facts
from plion.data.audit.overlaps import Overlap
from plion.data.audit.reading import EXAMPLES, Oddity

_CHARACTERS = 5  # odd characters listed
_ODDITIES: dict[str, Callable[[Facts], Oddity]] = {
    "references without a word": lambda facts: facts.empty,
    "references with digits": lambda facts: facts.digits,
    "references with Latin letters": lambda facts: facts.mixed,
    "references with letters of another script": lambda facts: facts.foreign,
    "references with invisible characters": lambda facts: facts.unseen,
    "references with text that looks like a special token": lambda facts: facts.special,
    "texts with the official recipe's tag, which is removed": lambda facts: facts.tagged,
    "unusual lengths": lambda facts: facts.length,
    "unusual speeds": lambda facts: facts.speed,
    "recordings that occur again in the same part": lambda facts: facts.copies,
}


def findings(audit: Audit) -> Iterator[str]:
    """Per corpus: what its parts share with train, then its oddities; last, between corpora."""
    for dataset in dict.fromkeys(facts.dataset for facts in audit.facts):
        own = [facts for facts in audit.facts if facts.dataset == dataset]
        with_train = [
            overlap
            for overlap in audit.overlaps
            if overlap.dataset == dataset and overlap.seen == "train"
        ]
        texts = chain(_shared(with_train), _unknown(own), _odd(own))
        yield from (f"{dataset}: {text}" for text in texts)
    yield from _between_corpora(audit)
    if audit.missing:
        yield (
            f"{audit.missing:,} utterances have no audio file and were not compared; see "
            "`plion data check`"
        )


def _shared(overlaps: Sequence[Overlap]) -> Iterator[str]:
    speakers = [
        f"{_all_or_some(overlap.speakers, overlap.of_speakers)} of {overlap.part} "
        f"({overlap.by_speaker:,} of {overlap.utterances:,} utterances)"
        for overlap in overlaps
        if overlap.speakers
    ]
    if speakers:
        yield f"speakers that are also in train: {', '.join(speakers)}"
    counts: dict[str, Callable[[Overlap], int]] = {
        "sentences": lambda overlap: overlap.by_sentence,
        "recordings": lambda overlap: overlap.by_audio,
    }
    for what, count in counts.items():
        shared = [
            f"{count(overlap):,} of {overlap.utterances:,} utterances of {overlap.part}"
            for overlap in overlaps
            if count(overlap)
        ]
        if shared:
            yield f"{what} that are also in train: {', '.join(shared)}"


def _all_or_some(count: int, whole: int) -> str:
    return f"all {whole:,}" if count == whole else f"{count:,} of {whole:,}"


def _unknown(own: Sequence[Facts]) -> Iterator[str]:
    parts = {facts.part for facts in own}
    if "test" in parts and "train" not in parts:
        yield "test utterances have no class, since the train manifest was not given"
    for facts in own:
        if facts.speakers and facts.unnamed:
            whole = f"{facts.utterances:,} utterances of {facts.part}"
            yield f"no speaker in {facts.unnamed:,} of {whole}"


def _odd(own: Sequence[Facts]) -> Iterator[str]:
    for what, oddity in _ODDITIES.items():
        odd = [(facts.part, oddity(facts)) for facts in own if len(oddity(facts))]
        if odd:
            counts = ", ".join(f"{part} {len(found):,}" for part, found in odd)
            turns = chain.from_iterable(zip_longest(*(found.examples for _, found in odd)))
            examples = islice((example for example in turns if example), EXAMPLES)
            characters = _characters([found for _, found in odd])
            yield f"{what}: {counts}{characters}; e.g. {', '.join(examples)}"


def _characters(odd: Sequence[Oddity]) -> str:
    counts: Counter[str] = Counter()
    for oddity in odd:
        counts.update(oddity.characters)
    named = [f"{shown(character)} x {n:,}" for character, n in counts.most_common(_CHARACTERS)]
    more = ["..."] if len(counts) > _CHARACTERS else []
    return f" ({', '.join(named + more)})" if named else ""


def _between_corpora(audit: Audit) -> Iterator[str]:
    pairs: Counter[tuple[str, ...]] = Counter()
    for copies in audit.copies:
        datasets = tuple(dict.fromkeys(dataset for dataset, _, _ in copies.members))
        if len(datasets) > 1:
            pairs[datasets] += 1
    for datasets, count in pairs.items():
        yield f"{' and '.join(datasets)} have {count:,} recordings in common"
