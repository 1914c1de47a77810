"""The training step: its loss, its gradients over accumulated batches, its learning rate."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import lightning as L
import pytest
import torch
from collated import collator, loaded_model, train_batch
from library import supervised
from tiny import Tiny
from torch.utils.data import DataLoader

from plion.config.schema import Experiment
from plion.data.manifest import Utterance
from plion.loading.batches import TrainBatch
from plion.loading.clips import Clips
from plion.models.qwen3_asr.files.checkpoint import load_checkpoint
from plion.models.qwen3_asr.prompt import TAGS
from plion.models.qwen3_asr.tensors import Example
from plion.planning.base_model import targets_of
from plion.training.step.module import SpeechRecognizer

Gradients = dict[str, torch.Tensor]


class Watched(SpeechRecognizer):
    """Keeps the gradients of the last step as the clipping sees them, and each learning rate."""

    def configure_gradient_clipping(self, optimizer: Any, *_: Any, **__: Any) -> None:
        self.gradients = {
            name: weight.grad.clone()
            for name, weight in self.named_parameters()
            if weight.grad is not None
        }
        self.rates = [*getattr(self, "rates", []), optimizer.param_groups[0]["lr"]]


def settings(tiny: Tiny, *overrides: str) -> Experiment:
    return tiny.experiment(Path("runs"), "optim.clip=0", *overrides)  # gradients are seen whole


def module(
    tiny: Tiny, exp: Experiment, factors: Sequence[float] = (0.5,), kind: type = Watched
) -> Any:
    return kind(loaded_model(str(tiny.model)), exp, factors).train()


def batch(tiny: Tiny, utterances: list[Utterance], exp: Experiment) -> TrainBatch:
    return train_batch(utterances, load_checkpoint(str(tiny.model)), exp)


def example(tiny: Tiny, utterances: list[Utterance], exp: Experiment) -> Example:
    found = batch(tiny, utterances, exp).example
    assert isinstance(found, Example)
    return found


@pytest.fixture(scope="module")
def utterances(tiny: Tiny) -> list[Utterance]:
    """Two of each language, of unlike lengths of text."""
    return [*tiny.utterances("train")[::4]]


def gradients(recognizer: Any) -> Gradients:
    found = {
        name: weight.grad.clone()
        for name, weight in recognizer.named_parameters()
        if weight.grad is not None
    }
    recognizer.zero_grad()
    return found


def assert_same(found: Gradients, expected: Gradients, tolerance: float) -> None:
    torch.testing.assert_close(found, expected, atol=tolerance, rtol=1e-3)


def as_the_library_has_it(
    tiny: Tiny, utterances: list[Utterance], exp: Experiment
) -> dict[str, torch.Tensor]:
    """The same batch in whole rectangles."""
    checkpoint = load_checkpoint(str(tiny.model))
    own, targets = collator(checkpoint, exp), targets_of(exp)
    read = Clips(utterances.__getitem__, own.features)
    clips = [read[n, n] for n in range(len(utterances))]
    tagged = TAGS[targets.policy(None)]
    sequences = [
        checkpoint.prompter.sequence(
            one.samples,
            tagged(targets.languages[one.utterance.language], targets.words(one.utterance)),
        )
        for one in clips
    ]
    return supervised([one.features for one in clips if one.features is not None], sequences)


@pytest.mark.parametrize("policy", ["predict", "none", "condition", "absent"])
def test_loss_and_gradients_are_those_of_the_whole_sequence_with_masked_labels(
    policy: str, tiny: Tiny, utterances: list[Utterance]
) -> None:
    exp = settings(tiny, f"tag.train={policy}")
    recognizer, one = module(tiny, exp), example(tiny, utterances, exp)
    sums = recognizer.sums(one)
    loss = sums.loss / sums.tokens
    loss.backward()
    found = gradients(recognizer)
    recognizer.model.set_attn_implementation("sdpa")
    whole = recognizer.model(**as_the_library_has_it(tiny, utterances, exp)).loss
    whole.backward()
    # Sums in another order: the same to a few units in float32's last place.
    torch.testing.assert_close(loss, whole, atol=0, rtol=1e-6)
    torch.testing.assert_close(found, gradients(recognizer), atol=1e-6, rtol=1e-4)


def test_a_step_reads_nothing_back_from_its_device(tiny: Tiny, utterances: list[Utterance]) -> None:
    """On a device without data it runs to the gradients' shapes, so it never waits for one."""
    exp = settings(tiny)
    recognizer = module(tiny, exp).to("meta")
    sums = recognizer.sums(example(tiny, utterances, exp).to(torch.device("meta")))
    sums.loss.backward()
    assert all(weight.grad is not None for weight in recognizer.parameters())


def test_a_batch_moves_to_cuda_without_waiting_where_it_is_pinned(
    tiny: Tiny, utterances: list[Utterance], monkeypatch: pytest.MonkeyPatch
) -> None:
    moves: list[bool] = []

    def moved(tensor: torch.Tensor, device: torch.device, non_blocking: bool) -> torch.Tensor:
        moves.append(non_blocking)
        return tensor

    exp = settings(tiny)
    recognizer, one = module(tiny, exp), batch(tiny, utterances, exp)
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda tensor: tensor + 0)
    monkeypatch.setattr(torch.Tensor, "to", moved)
    pinned = one.pin_memory()
    assert isinstance(pinned.example, Example) and isinstance(one.example, Example)
    assert pinned.example.audio.chunks is not one.example.audio.chunks
    recognizer.transfer_batch_to_device(pinned, torch.device("cuda"), 0)
    assert moves == [True] * 11


def test_the_loss_of_the_tag_is_reported_apart(tiny: Tiny, utterances: list[Utterance]) -> None:
    exp = settings(tiny)
    one = example(tiny, utterances, exp)
    sums = module(tiny, exp).sums(one)
    torch.testing.assert_close(sums.prefix + sums.text, sums.loss)
    assert int(sums.prefix_tokens) == int(one.in_prefix.sum()) > 0
    assert int(sums.prefix_tokens + sums.text_tokens) == len(one.labels) == int(sums.tokens)


def test_the_loss_per_token_gives_long_transcripts_more_weight(
    tiny: Tiny, utterances: list[Utterance]
) -> None:
    exp = settings(tiny)
    recognizer = module(tiny, exp)
    with torch.no_grad():
        sums = recognizer.sums(example(tiny, utterances, exp))
        alone = [recognizer.sums(example(tiny, [one], exp)) for one in utterances]
    assert len({int(one.tokens) for one in alone}) > 1
    total = torch.stack([one.loss for one in alone]).sum()
    torch.testing.assert_close(sums.loss, total, atol=1e-3, rtol=1e-4)


def step(
    tiny: Tiny, tmp_path: Path, batches: list[TrainBatch], exp: Experiment, **options: Any
) -> Watched:
    """Trains over the batches, `per_step` a step, as a run does."""
    steps = len(batches) // exp.batch.per_step
    recognizer: Watched = module(tiny, exp, [0.5] * steps)
    trainer = L.Trainer(
        accelerator="cpu",
        max_steps=steps,
        accumulate_grad_batches=exp.batch.per_step,
        default_root_dir=tmp_path,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        **options,
    )
    trainer.fit(recognizer, DataLoader(batches, batch_size=None))  # type: ignore[arg-type]
    return recognizer


def test_a_step_of_two_batches_has_the_gradients_of_one_batch_of_both(
    tiny: Tiny, utterances: list[Utterance], tmp_path: Path
) -> None:
    exp = settings(tiny, "batch.per_step=2")
    parts = [batch(tiny, utterances[:4], exp), batch(tiny, utterances[4:], exp)]
    accumulated = step(tiny, tmp_path, parts, exp).gradients
    exp = settings(tiny)
    whole = step(tiny, tmp_path, [batch(tiny, utterances, exp)], exp).gradients
    assert_same(accumulated, whole, 1e-5)


def test_tokens_of_one_step_do_not_count_in_the_next(
    tiny: Tiny, utterances: list[Utterance], tmp_path: Path
) -> None:
    exp = settings(tiny, "optim.lr=1e-12")
    one = batch(tiny, utterances, exp)
    first = step(tiny, tmp_path, [one], exp).gradients
    third = step(tiny, tmp_path, [one, one, one], exp).gradients
    assert_same(third, first, 1e-5)


def test_a_batch_of_bad_audio_alone_changes_nothing(
    tiny: Tiny, utterances: list[Utterance], tmp_path: Path
) -> None:
    exp = settings(tiny)
    before = {name: w.clone() for name, w in module(tiny, exp).named_parameters()}
    after = step(tiny, tmp_path, [TrainBatch(None, (), ("a",))], exp)
    assert all(torch.equal(before[name], w) for name, w in after.named_parameters())


def test_bad_audio_in_one_of_a_steps_batches_leaves_the_others_gradients(
    tiny: Tiny, utterances: list[Utterance], tmp_path: Path
) -> None:
    exp = settings(tiny, "batch.per_step=2")
    good, bad = batch(tiny, utterances, exp), TrainBatch(None, (), ("a",))
    alone = step(tiny, tmp_path, [good], settings(tiny)).gradients
    for order in ([good, bad], [bad, good]):
        assert_same(step(tiny, tmp_path, order, exp).gradients, alone, 1e-5)


def test_each_step_has_its_own_learning_rate(
    tiny: Tiny, utterances: list[Utterance], tmp_path: Path
) -> None:
    exp = settings(tiny, "optim.lr=0.01")
    factors = [0.1, 1.0, 0.45, 0.05]
    recognizer = module(tiny, exp, factors)
    trainer = L.Trainer(
        accelerator="cpu", max_steps=4, logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    batches = [batch(tiny, utterances[:1], exp)] * 4
    trainer.fit(recognizer, DataLoader(batches, batch_size=None))  # type: ignore[arg-type]
    assert recognizer.rates == pytest.approx([0.01 * one for one in factors])


def test_matrices_alone_decay(tiny: Tiny) -> None:
    recognizer = module(tiny, settings(tiny, "optim.weight_decay=0.1"))
    optimizer = recognizer.configure_optimizers()["optimizer"]
    decay = {id(w): g["weight_decay"] for g in optimizer.param_groups for w in g["params"]}
    weights = list(recognizer.named_parameters())
    assert len(decay) == len(weights)
    for name, weight in weights:
        assert decay[id(weight)] == (0.1 if weight.ndim > 1 else 0.0), name


def test_every_weight_is_trained(tiny: Tiny, utterances: list[Utterance], tmp_path: Path) -> None:
    exp = settings(tiny)
    recognizer = step(tiny, tmp_path, [batch(tiny, utterances, exp)], exp)
    still = [name for name, gradient in recognizer.gradients.items() if not gradient.any()]
    assert len(recognizer.gradients) == len(list(recognizer.parameters())) and not still


def test_totals_that_no_good_audio_has_moved_are_reduced_on_the_device(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a rank's are whose first batches were all bad; here on torch's device without data."""
    own, seen = module(tiny, settings(tiny)).to("meta"), []

    def reduce(totals: torch.Tensor) -> None:
        seen.append(totals.device.type)
        raise InterruptedError

    own._trainer = SimpleNamespace(world_size=2)
    monkeypatch.setattr("torch.distributed.all_reduce", reduce)
    with pytest.raises(InterruptedError):
        own.on_before_optimizer_step(None)
    assert seen == ["meta"]
