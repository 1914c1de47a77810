"""Decoding batches: by length under a budget, limits, what is given."""

from pathlib import Path

import pytest
from collated import decode_batch, decode_batches
from tiny import Tiny

from plion.config.schema import Experiment
from plion.data.utterance import Utterance
from plion.models.qwen3_asr.files.checkpoint import Checkpoint
from plion.models.qwen3_asr.prompt import tag
from plion.models.qwen3_asr.protocol.family import CLIP_COST
from plion.models.qwen3_asr.tensors import Example, Request
from plion.recognition.decode_batches import decoding_batches
from plion.sampling.clip_cost import ClipCost
from plion.text.shipped import SHIPPED

TA = SHIPPED["ta"]


def settings(tiny: Tiny, *overrides: str) -> Experiment:
    return tiny.experiment(Path("runs"), *overrides)


def request(
    utterances: list[Utterance], checkpoint: Checkpoint, exp: Experiment, *, loss: bool = False
) -> Request:
    found = decode_batch(utterances, checkpoint, exp, loss=loss).request
    assert isinstance(found, Request)
    return found


def test_the_limit_of_a_transcript_grows_with_its_own_audio(
    tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    exp = settings(tiny, "evaluate.tokens_per_second=10")
    batch = decode_batch(utterances[:4], checkpoint, exp)
    assert batch.limits == tuple(round(16 + 10 * one.duration) for one in utterances[:4])


def test_free_decoding_gives_nothing_and_forced_the_language(
    tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    free = request(utterances[-1:], checkpoint, settings(tiny)).ids
    forced = request(utterances[-1:], checkpoint, settings(tiny, "tag.decode=forced"))
    given = forced.ids[0, free.shape[1] :].tolist()
    assert checkpoint.prompter.decode(given) == tag(SHIPPED["ta"])


@pytest.mark.parametrize(
    ("train", "given"),
    [("condition", tag(TA)), *((name, "") for name in ("predict", "mixed"))],
)
def test_matched_decoding_gives_what_was_given_in_training(
    train: str, given: str, tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    exp = settings(tiny, f"tag.train={train}")
    for loss in (False, True):  # test sets, and validation
        ids = request(utterances[-1:], checkpoint, exp, loss=loss).ids[0].tolist()
        after = ids[len(ids) - ids[::-1].index(checkpoint.prompter.end) :]
        assert checkpoint.prompter.decode(after) == f"\n<|im_start|>assistant\n{given}"


def test_a_context_is_in_requests_and_targets_and_is_not_supervised(
    tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    names = "data.context=Tan Ah Kow"
    plain = decode_batch(utterances[:2], checkpoint, settings(tiny), loss=True)
    told = decode_batch(utterances[:2], checkpoint, settings(tiny, names), loss=True)
    assert isinstance(plain.example, Example) and isinstance(told.example, Example)
    assert isinstance(told.request, Request)
    assert "system\nTan Ah Kow<|im_end|>" in checkpoint.prompter.tokenizer.decode(
        told.request.ids[0].tolist(), skip_special_tokens=False
    )
    tokens = checkpoint.prompter.context_tokens("Tan Ah Kow")
    assert told.example.ids.shape[1] - plain.example.ids.shape[1] == tokens > 0
    assert told.example.labels.tolist() == plain.example.labels.tolist()
    assert (told.example.columns - plain.example.columns).unique().tolist() == [tokens]


def test_the_tokens_of_a_context_fill_the_decoding_budget(
    tiny: Tiny, utterances: list[Utterance]
) -> None:
    exp = settings(tiny, "evaluate.seconds=12")
    plain, told = (
        decoding_batches(utterances, exp.evaluate, CLIP_COST, tokens) for tokens in (0, 130)
    )
    assert sorted(n for batch in told for n in batch) == list(range(len(utterances)))
    assert max(map(len, told)) == 1 < max(map(len, plain))  # each costs ten seconds more


def test_targets_are_there_only_for_a_validation_loss(
    tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    assert decode_batch(utterances[:2], checkpoint, settings(tiny)).example is None
    assert decode_batch(utterances[:2], checkpoint, settings(tiny), loss=True).example is not None


def test_decoding_goes_by_length_under_its_budget_and_leaves_nobody_out(
    tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    exp = settings(tiny, "evaluate.seconds=8", "evaluate.utterances=3")
    batches = [batch.utterances for batch in decode_batches(utterances, checkpoint, exp)]
    assert sorted(one.id for batch in batches for one in batch) == sorted(
        one.id for one in utterances
    )
    for batch in batches:
        longest = max(one.duration for one in batch)
        assert len(batch) <= 3 and len(batch) * max(1, -(-longest // 1)) <= 8


def test_the_longest_are_decoded_first(tiny: Tiny, utterances: list[Utterance]) -> None:
    exp = settings(tiny, "evaluate.utterances=3")
    batches = decoding_batches(utterances, exp.evaluate, CLIP_COST)
    longest = [max(utterances[n].duration for n in batch) for batch in batches]
    assert len(longest) > 3 and longest == sorted(longest, reverse=True)


def test_what_pads_every_clip_fills_the_decoding_budget_with_it(
    tiny: Tiny, utterances: list[Utterance]
) -> None:
    exp = settings(tiny, "evaluate.seconds=95")
    batches = decoding_batches(utterances, exp.evaluate, ClipCost(13, shortest=30))
    assert [len(batch) for batch in batches] == [3] * (len(utterances) // 3)
    falling = [utterances[n].duration for batch in batches for n in batch]
    assert falling == sorted(falling, reverse=True)


def test_an_utterance_over_the_decoding_budget_is_decoded_alone(
    tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    exp = settings(tiny, "evaluate.seconds=1")
    batches = decode_batches(utterances, checkpoint, exp)
    longest = max(utterances, key=lambda one: one.duration)
    assert longest.duration > 2 and sum(len(batch.limits) for batch in batches) == 24
