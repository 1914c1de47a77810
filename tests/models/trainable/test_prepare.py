"""What is trained and what is not, and that what is computed anew is the same."""

from collections.abc import Callable, Iterable
from typing import Any, get_args

import pytest
import torch
from collated import train_batch
from tiny import Tiny
from torch import nn

from plion.config.model import Part
from plion.data.manifest import Utterance
from plion.models.qwen3_asr.files.checkpoint import load_checkpoint
from plion.models.qwen3_asr.protocol.family import PARTS
from plion.models.qwen3_asr.protocol.loaded import LoadedQwen
from plion.models.qwen3_asr.tensors import Example
from plion.models.trainable.prepare import weight_counts
from plion.training.step.module import SpeechRecognizer

LORA = "model.lora.parts=[{}]"


@pytest.fixture(scope="module")
def utterances(tiny: Tiny) -> list[Utterance]:
    return [*tiny.utterances("train")[::6]]


@pytest.fixture
def make(tiny: Tiny, tmp_path: Any) -> Callable[..., SpeechRecognizer]:
    """A recogniser as an experiment with these overrides trains it."""

    def made(*overrides: str) -> SpeechRecognizer:
        exp = tiny.experiment(tmp_path, *overrides)
        attention = "sdpa" if exp.model.attention == "auto" else exp.model.attention
        checkpoint = load_checkpoint(str(tiny.model), attention=attention)
        torch.manual_seed(0)
        return SpeechRecognizer(LoadedQwen(checkpoint, attention, "8s"), exp, [0.5]).train()

    return made


@pytest.fixture
def batch(tiny: Tiny, utterances: list[Utterance], tmp_path: Any) -> Example:
    checkpoint = load_checkpoint(str(tiny.model))
    found = train_batch(utterances, checkpoint, tiny.experiment(tmp_path)).example
    assert isinstance(found, Example)
    return found


def part_of(name: str) -> str:
    """The part that a weight of a recogniser belongs to."""
    (found,) = (
        key
        for key, part in PARTS.items()
        if name.startswith(tuple(f"model.{module}." for module in part.modules))
    )
    return found


def gradients(recognizer: SpeechRecognizer, batch: Example) -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    recognizer.sums(batch).loss.backward()
    named = recognizer.named_parameters()
    return {name: weight.grad for name, weight in named if weight.grad is not None}


def kept(recognizer: SpeechRecognizer, batch: Example) -> int:
    """Bytes of what the forward pass keeps for the backward pass."""
    sizes = []

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        sizes.append(tensor.nbytes)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        recognizer.sums(batch)
    return sum(sizes)


def linear(names: Iterable[tuple[str, nn.Module]], part: str) -> set[str]:
    """The linear layers of a part but lm_head, in a model without LoRA."""
    prefixes = tuple(f"{module}." for module in PARTS[part].modules)
    return {
        name
        for name, module in names
        if isinstance(module, nn.Linear) and name.startswith(prefixes)
    }


def test_the_parts_are_the_whole_model(make: Callable[..., SpeechRecognizer]) -> None:
    assert {part_of(name) for name, _ in make().named_parameters()} == set(PARTS)
    assert set(PARTS) == set(get_args(Part))


@pytest.mark.parametrize("part", PARTS)
def test_a_frozen_part_has_no_gradients_and_the_others_have(
    part: str, make: Callable[..., SpeechRecognizer], batch: Example
) -> None:
    recognizer = make(f"model.freeze=[{part}]")
    found = gradients(recognizer, batch)
    expected = {name for name, _ in recognizer.named_parameters() if part_of(name) != part}
    assert found.keys() == expected and all(one.any() for one in found.values())


@pytest.mark.parametrize("part", PARTS)
def test_gradients_beside_a_frozen_part_are_those_without_it(
    part: str, make: Callable[..., SpeechRecognizer], batch: Example
) -> None:
    whole = gradients(make(), batch)
    for name, found in gradients(make(f"model.freeze=[{part}]"), batch).items():
        torch.testing.assert_close(found, whole[name])


def test_a_loss_without_effect_is_of_all_that_is_trained(
    make: Callable[..., SpeechRecognizer],
) -> None:
    recognizer = make("model.freeze=[audio_tower]", LORA.format("language_model"))
    recognizer._nothing().backward()
    for weight in recognizer.parameters():
        assert (weight.grad is not None) == weight.requires_grad
        assert weight.grad is None or not weight.grad.any()


def test_nothing_is_kept_of_a_frozen_tower(
    make: Callable[..., SpeechRecognizer], batch: Example
) -> None:
    frozen = make("model.freeze=[audio_tower,projector]")
    assert kept(frozen, batch) < 0.7 * kept(make(), batch)


@pytest.mark.parametrize("again", [False, True])
def test_a_frozen_part_drops_nothing_out(
    again: bool, make: Callable[..., SpeechRecognizer], batch: Example
) -> None:
    recognizer = make("model.freeze=[audio_tower]")
    if again:  # as after a validation
        recognizer.eval().train()
    for layer in recognizer.model.model.audio_tower.layers:
        layer.dropout = layer.activation_dropout = 0.5  # type: ignore[assignment]
    first, second = (recognizer.sums(batch).loss for _ in range(2))
    assert torch.equal(first, second)
    assert recognizer.model.model.language_model.layers[0].self_attn.training


@pytest.mark.parametrize("part", PARTS)
def test_lora_is_beside_every_linear_layer_of_its_part(
    part: str, make: Callable[..., SpeechRecognizer]
) -> None:
    expected = linear(make().model.named_modules(), part)
    names = {name for name, _ in make(LORA.format(part)).model.named_parameters()}
    found = {name.partition(".lora_A.")[0] for name in names if ".lora_A." in name}
    assert found == expected != set()


@pytest.mark.parametrize("part", PARTS)
def test_a_part_with_lora_is_otherwise_frozen_and_the_others_are_not(
    part: str, make: Callable[..., SpeechRecognizer], batch: Example
) -> None:
    recognizer = make(LORA.format(part))
    found = gradients(recognizer, batch)
    expected = {
        name
        for name, _ in recognizer.named_parameters()
        if part_of(name) != part or ".lora_" in name
    }
    assert found.keys() == expected


def test_lora_changes_nothing_before_it_is_trained(
    make: Callable[..., SpeechRecognizer], batch: Example
) -> None:
    with torch.no_grad():
        plain = make().sums(batch).loss
        assert torch.equal(make(LORA.format("audio_tower,language_model")).sums(batch).loss, plain)


def test_rank_scale_and_dropout_of_lora_are_those_asked_for(
    make: Callable[..., SpeechRecognizer],
) -> None:
    asked = ("model.lora.rank=3", "model.lora.alpha=7.5", "model.lora.dropout=0.25")
    recognizer = make(LORA.format("projector"), *asked)
    layer: Any = recognizer.model.model.multi_modal_projector.linear_1
    assert layer.lora_A["default"].weight.shape[0] == 3
    assert layer.scaling["default"] == 2.5
    assert layer.lora_dropout["default"].p == 0.25


def test_lora_is_in_float32_in_a_model_of_bfloat16(tiny: Tiny, tmp_path: Any) -> None:
    checkpoint = load_checkpoint(str(tiny.model), torch.bfloat16)
    exp = tiny.experiment(tmp_path, LORA.format("language_model"))
    recognizer = SpeechRecognizer(LoadedQwen(checkpoint, "sdpa", "8s"), exp, [0.5])
    types = {(".lora_" in name): weight.dtype for name, weight in recognizer.named_parameters()}
    assert types == {True: torch.float32, False: torch.bfloat16}


BESIDE = {
    "alone": (),
    "a frozen language model": ("model.freeze=[language_model]",),
    "a frozen audio tower": ("model.freeze=[audio_tower]",),
    "LoRA with dropout": (LORA.format("audio_tower,language_model"), "model.lora.dropout=0.5"),
    "the library's attention": ("model.attention=reference",),
}


@pytest.mark.parametrize("beside", BESIDE)
@pytest.mark.parametrize("towers", ["audio_tower", "language_model", "audio_tower,language_model"])
def test_gradients_of_what_is_computed_anew_are_the_same_to_the_bit(
    towers: str, beside: str, make: Callable[..., SpeechRecognizer], batch: Example
) -> None:
    plain = gradients(make(*BESIDE[beside]), batch)
    setting = f"trainer.gradient_checkpointing=[{towers}]"
    found = gradients(make(*BESIDE[beside], setting), batch)
    assert found.keys() == plain.keys()
    assert all(torch.equal(found[name], plain[name]) for name in plain)


@pytest.mark.parametrize(
    ("tower", "frozen"),
    [("audio_tower", ""), ("language_model", ""), ("language_model", "language_model")],
)
def test_less_is_kept_of_a_tower_that_is_computed_anew(
    tower: str, frozen: str, make: Callable[..., SpeechRecognizer], batch: Example
) -> None:
    settings = f"model.freeze=[{frozen}]"
    checkpointed = make(settings, f"trainer.gradient_checkpointing=[{tower}]")
    assert kept(checkpointed, batch) < 0.8 * kept(make(settings), batch)


def test_weights_are_counted_once_and_those_that_are_trained_apart(
    make: Callable[..., SpeechRecognizer],
) -> None:
    whole = weight_counts(make().model)
    assert whole["parameters"] == whole["trained_parameters"] > 0
    frozen = make("model.freeze=[audio_tower]").model
    of_tower = sum(
        weight.numel() for name, weight in frozen.named_parameters() if not weight.requires_grad
    )
    assert weight_counts(frozen) == {
        "parameters": whole["parameters"],
        "trained_parameters": whole["parameters"] - of_tower,
    }
