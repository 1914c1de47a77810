"""Decoding: a transcript is the utterance's own, whatever shares its batch."""

from pathlib import Path

import pytest
import torch
from collated import decode_batch
from tiny import Tiny

from plion.data.manifest import Utterance
from plion.loading.batches import DecodeBatch
from plion.models.qwen3_asr.decode import transcribe
from plion.models.qwen3_asr.encoder import embeddings
from plion.models.qwen3_asr.files.checkpoint import Checkpoint, load_checkpoint
from plion.models.values import GREEDY, Search


@pytest.fixture(scope="module")
def checkpoint(tiny: Tiny) -> Checkpoint:
    loaded = load_checkpoint(str(tiny.model))
    loaded.model.eval()
    return loaded


@pytest.fixture(scope="module")
def utterances(tiny: Tiny) -> list[Utterance]:
    return tiny.utterances("train")[::3]


def asked(tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint) -> DecodeBatch:
    return decode_batch(utterances, checkpoint, tiny.experiment(Path("runs")))


def said(
    tiny: Tiny,
    utterances: list[Utterance],
    checkpoint: Checkpoint,
    limits: list[int],
    search: Search = GREEDY,
) -> list[str]:
    batch = asked(tiny, utterances, checkpoint)
    return transcribe(checkpoint.model, batch.request, limits, checkpoint.prompter, search=search)


@pytest.mark.parametrize("search", [GREEDY, Search(beams=3), Search(2, 1.3)])
def test_a_transcript_does_not_depend_on_what_shares_its_batch(
    search: Search, tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    limits = [12 + n for n in range(len(utterances))]
    together = said(tiny, utterances, checkpoint, limits, search)
    alone = [
        said(tiny, [one], checkpoint, [limit], search)[0]
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
    stopping = load_checkpoint(str(tiny.model)).prompter
    stopping.end = ids[5]
    batch = asked(tiny, utterances[:1], checkpoint)
    (short,) = transcribe(checkpoint.model, batch.request, [20], stopping)
    assert short == checkpoint.prompter.decode(ids[: ids.index(ids[5])])


def test_greedy_decoding_says_what_the_librarys_own_does(
    tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    limits = [12 + n for n in range(len(utterances))]
    almost = Search(repetition_penalty=1 + 1e-12)  # the library's search, and no penalty
    assert not almost.greedy
    plain = said(tiny, utterances, checkpoint, limits)
    assert said(tiny, utterances, checkpoint, limits, almost) == plain


def test_tokens_are_chosen_by_the_scores_that_the_librarys_model_gives(
    tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    model, scores = checkpoint.model, list[torch.Tensor]()
    batch = asked(tiny, utterances, checkpoint)
    assert not batch.request.mask.all()
    hook = model.lm_head.register_forward_hook(lambda *parts: scores.append(parts[2]))
    transcribe(model, batch.request, [2] * len(utterances), checkpoint.prompter)
    hook.remove()
    said = scores[0].argmax(-1, keepdim=True)
    mask = torch.cat([batch.request.mask, torch.ones_like(said)], dim=1)
    with torch.inference_mode():
        heard = embeddings(model, batch.request.ids, batch.request.audio)
        whole = model(
            inputs_embeds=torch.cat([heard, model.get_input_embeddings()(said)], dim=1),
            attention_mask=mask,
            position_ids=(mask.cumsum(1) - 1).clamp(min=0),
        ).logits
    torch.testing.assert_close(torch.stack(scores, dim=1), whole[:, -2:])


def test_what_has_ended_leaves_the_batch(
    tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    sizes: list[int] = []
    batch = asked(tiny, utterances[:3], checkpoint)
    hook = checkpoint.model.lm_head.register_forward_hook(
        lambda *parts: sizes.append(len(parts[2]))
    )
    transcribe(checkpoint.model, batch.request, [2, 5, 3], checkpoint.prompter)
    hook.remove()
    assert sizes == [3, 3, 2, 1, 1]


def test_a_penalty_keeps_a_transcript_from_repeating_itself(
    tiny: Tiny, utterances: list[Utterance], checkpoint: Checkpoint
) -> None:
    limits = [40] * len(utterances)
    plain = said(tiny, utterances, checkpoint, limits)
    strict = said(tiny, utterances, checkpoint, limits, Search(repetition_penalty=3.0))
    encode = checkpoint.prompter.tokenizer.encode
    kinds = [
        sum(len(set(encode(text, add_special_tokens=False).ids)) for text in texts)
        for texts in (plain, strict)
    ]
    assert kinds[1] > kinds[0]
