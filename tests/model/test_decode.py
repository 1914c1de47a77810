"""Greedy decoding: a transcript is the utterance's own, whatever shares its batch."""

from pathlib import Path

import pytest
from tiny import Tiny

from plion.data.manifest import Utterance
from plion.model.checkpoint import Checkpoint, load
from plion.model.decode import transcribe
from plion.model.loading import Clips, DecodeBatch, DecodeCollator


@pytest.fixture(scope="module")
def checkpoint(tiny: Tiny) -> Checkpoint:
    loaded = load(str(tiny.model))
    loaded.model.eval()
    return loaded


@pytest.fixture(scope="module")
def utterances(tiny: Tiny) -> list[Utterance]:
    return tiny.utterances("train")[::3]


def asked(tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint) -> DecodeBatch:
    exp = tiny.experiment(Path("runs"))
    clips = Clips(utterances.__getitem__, checkpoint.extractor)
    collate = DecodeCollator(checkpoint.prompter, exp, loss=False)
    return collate([clips[n, 0] for n in range(len(utterances))])


def said(
    tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint, limits: list[int]
) -> list[str]:
    batch = asked(tiny, utterances, checkpoint)
    return transcribe(checkpoint.model, batch.request, limits, checkpoint.prompter)


def test_a_transcript_does_not_depend_on_what_shares_its_batch(
    tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    limits = [12 + n for n in range(len(utterances))]
    together = said(tiny, utterances, checkpoint, limits)
    alone = [
        said(tiny, [one], checkpoint, [limit])[0]
        for one, limit in zip(utterances, limits, strict=True)
    ]
    assert together == alone and len(set(together)) > 3


def test_a_transcript_stops_at_its_own_limit(
    tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    batch = asked(tiny, [utterances[0]] * 3, checkpoint)
    full, half, none = transcribe(checkpoint.model, batch.request, [20, 10, 0], checkpoint.prompter)
    assert full.startswith(half) and len(full) > len(half) > 0 and none == ""


def test_a_transcript_ends_at_the_end_token(
    tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    (full,) = said(tiny, utterances[:1], checkpoint, [20])
    # Let the sixth token it says be the one that ends.
    ids = checkpoint.prompter.tokenizer.encode(full, add_special_tokens=False).ids
    stopping = load(str(tiny.model)).prompter
    stopping.end = ids[5]
    batch = asked(tiny, utterances[:1], checkpoint)
    (short,) = transcribe(checkpoint.model, batch.request, [20], stopping)
    assert short == checkpoint.prompter.decode(ids[: ids.index(ids[5])])
