"""A Whisper's loss against the library's, what is trained of it, and the work that takes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny import Tiny

from plion.config.model import Lora, Model
from plion.config.schema import Tag
from plion.loading.batches import TrainBatch, TrainCollator
from plion.loading.clips import Clips
from plion.models.trainable.prepare import prepare, rest
from plion.models.values import Targets
from plion.models.whisper.protocol.family import FAMILY
from plion.models.whisper.protocol.loaded import LoadedWhisper, said
from plion.models.whisper.protocol.loading import load_whisper

ENCODER, DECODER = "model.encoder.", "model.decoder."
Make = Callable[..., LoadedWhisper]


@pytest.fixture
def make(whisper: Tiny) -> Make:
    """A model as these settings and towers train it."""

    def made(towers: tuple[str, ...] = (), dropout: float = 0.0, **settings: Any) -> LoadedWhisper:
        own = load_whisper(FAMILY, whisper.model, Model(), torch.float32, attention="sdpa")
        for module in own.model.modules():
            if hasattr(module, "dropout") and isinstance(module.dropout, float):
                module.dropout = dropout
        torch.manual_seed(0)
        prepare(own.model, FAMILY.parts, Model(**settings), towers)
        own.model.train()
        rest(own.model, FAMILY.parts, Model(**settings), towers)
        return own

    return made


@pytest.fixture(scope="module")
def batch(whisper: Tiny) -> TrainBatch:
    own = load_whisper(FAMILY, whisper.model, Model(), torch.float32, attention="sdpa")
    collator = own.collator(Targets(tag=Tag(train="predict")))
    clips = Clips(whisper.utterances("train")[::6].__getitem__, collator.features)
    return TrainCollator(collator.example)([clips[n, n] for n in range(4)])


def gradients(own: LoadedWhisper, batch: TrainBatch) -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    own.sums(batch.example).loss.backward()
    named = own.model.named_parameters()
    return {name: weight.grad for name, weight in named if weight.grad is not None}


def test_the_loss_is_the_librarys_over_the_supervised_tokens(make: Make, batch: TrainBatch) -> None:
    own, example = make(), batch.example
    labels = torch.full_like(example.ids, -100)
    labels[example.rows, example.columns] = example.labels
    expected = own.model(
        input_features=example.features, decoder_input_ids=example.ids, labels=labels
    ).loss
    sums = own.sums(example)
    torch.testing.assert_close(sums.loss / sums.tokens, expected)
    torch.testing.assert_close(sums.text + sums.prefix, sums.loss.detach())
    assert (int(sums.prefix_tokens), int(sums.tokens)) == (4, sum(example.tokens))


def test_all_but_the_given_positions_is_trained(make: Make, batch: TrainBatch) -> None:
    own = make()
    names = {name for name, _ in own.model.named_parameters()}
    assert names - gradients(own, batch).keys() == {"model.encoder.embed_positions.weight"}


@pytest.mark.parametrize(
    ("frozen", "trained"), [("audio_tower", DECODER), ("language_model", ENCODER)]
)
def test_a_frozen_part_has_no_gradients_and_no_dropout(
    frozen: str, trained: str, make: Make, batch: TrainBatch
) -> None:
    own = make(freeze=[frozen], dropout=0.5)
    found = gradients(own, batch)
    assert found and all(name.startswith(trained) for name in found)
    part = own.model.get_submodule(FAMILY.parts[frozen].modules[0])
    assert not any(module.training for module in part.modules())


@pytest.mark.parametrize("part", ["audio_tower", "language_model"])
def test_updates_are_trained_alone(part: str, make: Make, batch: TrainBatch) -> None:
    found = gradients(make(lora=Lora(parts=[part], rank=2), freeze=list(_other(part))), batch)
    where = FAMILY.parts[part].modules[0]
    assert found and all(name.startswith(where) and ".lora_" in name for name in found)


@pytest.mark.parametrize("frozen", [[], ["language_model"]])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_what_is_computed_anew_is_the_same(
    dropout: float, frozen: list[str], make: Make, batch: TrainBatch
) -> None:
    towers = ("audio_tower", "language_model")
    kept = gradients(make(dropout=dropout, freeze=frozen), batch)
    anew = gradients(make(towers, dropout=dropout, freeze=frozen), batch)
    assert kept.keys() == anew.keys()
    for name, gradient in kept.items():
        torch.testing.assert_close(anew[name], gradient)


def test_work_is_that_of_the_parts_that_are_trained(make: Make, batch: TrainBatch) -> None:
    whole, decoder, encoder = (
        make(freeze=frozen).work()(batch) for frozen in ([], ["audio_tower"], ["language_model"])
    )
    assert whole > encoder > decoder > 0
    assert make().work()(TrainBatch(None, (), ("bad",))) == 0


@pytest.mark.parametrize(
    ("raw", "language"),
    [("<|ta|>words", "Tamil"), ("<|haw|>words", "Hawaiian"), ("words", None)],
)
def test_languages_go_by_their_names(raw: str, language: str | None) -> None:
    assert said(raw) == (raw, "words", language)


def test_half_precision_is_computed_in(whisper: Tiny, batch: TrainBatch, tmp_path: Path) -> None:
    own = load_whisper(FAMILY, whisper.model, Model(), torch.bfloat16, attention="sdpa")
    assert torch.isfinite(own.sums(batch.example).loss)
    own.save(tmp_path / "saved")
    assert load_whisper(FAMILY, tmp_path / "saved", Model(), torch.float32, attention="sdpa").model


def _other(part: str) -> set[str]:
    return {*FAMILY.parts} - {part}
