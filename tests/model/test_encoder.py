"""Windowed attention in one call a layer: equal to the library's loop, and nothing else changed."""

import copy
import pickle
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from shapes import qwen3_asr
from tiny import Tiny
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import Qwen3ASREncoder, Qwen3ASREncoderConfig

from plion.model import encoder
from plion.model.batch import pad_features
from plion.model.checkpoint import load
from plion.model.encoder import batch_windows

MELS, LAYERS, WINDOW = 16, 3, 800  # frames; the window of the published models
LENGTHS = {
    "shorter than a window": [130],
    "exactly one window": [WINDOW],
    "several windows": [3 * WINDOW],
    "a short last window": [2 * WINDOW + 7],
    "whole windows of two clips": [WINDOW, 2 * WINDOW],
    "all shorter than a second": [51, 99, 60],
    "clips of unlike length": [130, WINDOW, 3 * WINDOW, 2 * WINDOW + 7, 51, WINDOW + 1],
}


def tower(device: str = "cpu", **settings: Any) -> Qwen3ASREncoder:
    """A tower with weights so large that each key matters."""
    torch.manual_seed(0)
    config = Qwen3ASREncoderConfig(
        num_mel_bins=MELS,
        encoder_layers=LAYERS,
        encoder_attention_heads=4,
        encoder_ffn_dim=64,
        d_model=32,
        downsample_hidden_size=8,
        initializer_range=0.3,
        **settings,
    )
    model: Qwen3ASREncoder = Qwen3ASREncoder._from_config(config, attn_implementation="sdpa")
    model.to(device)  # type: ignore[arg-type]
    return model


def batched(loop: Qwen3ASREncoder) -> Qwen3ASREncoder:
    found = copy.deepcopy(loop)
    batch_windows(found)
    return found


def features(lengths: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(len(lengths))
    return pad_features([torch.randn(MELS, length, generator=generator) for length in lengths])


def output(model: Qwen3ASREncoder, lengths: Sequence[int]) -> torch.Tensor:
    inputs, mask = (part.to(model.device) for part in features(lengths))
    found: torch.Tensor = model(
        input_features=inputs.to(model.dtype), input_features_mask=mask
    ).last_hidden_state
    return found


def output_and_gradients(
    model: Qwen3ASREncoder, lengths: Sequence[int]
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """What comes out, and the gradient of each weight under a loss unlike at every position."""
    found = output(model, lengths)
    weights = torch.randn(found.shape, generator=torch.Generator().manual_seed(1))
    ((found.float() * weights.to(found.device)).sum() / found.numel() ** 0.5).backward()
    gradients = {
        name: weight.grad for name, weight in model.named_parameters() if weight.grad is not None
    }
    model.zero_grad()
    return found.detach(), gradients


def assert_equal(
    one: Qwen3ASREncoder, other: Qwen3ASREncoder, lengths: Sequence[int], tolerance: float = 1e-5
) -> None:
    """Outputs are of the order of 1, gradients of a tenth to 1."""
    found, gradients = output_and_gradients(one, lengths)
    expected, expected_gradients = output_and_gradients(other, lengths)
    torch.testing.assert_close(found, expected, atol=tolerance, rtol=tolerance)
    assert len(gradients) == len(list(other.parameters()))
    torch.testing.assert_close(gradients, expected_gradients, atol=tolerance, rtol=tolerance)


class Calls(TorchDispatchMode):
    """Counts calls of attention, by whatever kernel."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.attention += int("scaled_dot_product" in str(func))
        return func(*args, **(kwargs or {}))


def attention_calls(model: Qwen3ASREncoder, lengths: Sequence[int]) -> int:
    calls = Calls()
    with calls, torch.no_grad():
        output(model, lengths)
    return calls.attention


@pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS.keys())
def test_outputs_and_gradients_equal_those_of_the_loop(lengths: list[int]) -> None:
    assert_equal(batched(tower()), tower(), lengths)


@pytest.mark.parametrize("seed", range(8))
def test_random_lengths_give_what_the_loop_gives(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    clips = int(torch.randint(1, 9, (), generator=generator))
    lengths = torch.randint(50, 3000, (clips,), generator=generator).tolist()
    assert_equal(batched(tower()), tower(), lengths)


def test_a_layer_attends_once_however_many_windows_there_are() -> None:
    lengths = LENGTHS["clips of unlike length"]
    assert attention_calls(batched(tower()), lengths) == LAYERS
    assert attention_calls(tower(), lengths) == 11 * LAYERS


def test_a_tower_with_another_window_keeps_its_own() -> None:
    short = tower(n_window_infer=200)
    assert_equal(batched(short), short, [530, 200, 90])
    assert (output(batched(short), [530]) - output(tower(), [530])).abs().max() > 0.1


@pytest.mark.parametrize("reentrant", [False, True])
def test_gradient_checkpointing_changes_nothing(reentrant: bool) -> None:
    model = batched(tower()).train()
    model.activation_checkpointing_enable({"use_reentrant": reentrant})
    assert_equal(model, tower(), LENGTHS["clips of unlike length"])


def test_training_and_evaluating_give_the_same() -> None:
    model = batched(tower())
    lengths = LENGTHS["clips of unlike length"]
    assert torch.equal(output(model.train(), lengths), output(model.eval(), lengths))


def test_bfloat16_weights_give_what_the_loop_gives_to_their_precision() -> None:
    loop = tower().bfloat16()
    assert_equal(batched(loop), loop, LENGTHS["clips of unlike length"], 0.05)


def test_autocast_gives_what_the_loop_gives_to_its_precision() -> None:
    with torch.autocast("cpu", torch.bfloat16):
        assert_equal(batched(tower()), tower(), LENGTHS["clips of unlike length"], 0.05)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_gives_what_the_loop_gives() -> None:
    lengths = LENGTHS["clips of unlike length"]
    assert_equal(batched(tower("cuda")), tower("cuda"), lengths, 1e-4)


def test_flash_attention_is_given_the_windows_as_they_are_packed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    longest = []

    def varlen(
        q: torch.Tensor,
        k: torch.Tensor,
        v: torch.Tensor,
        cu_seqlens_q: torch.Tensor,
        cu_seqlens_k: torch.Tensor,
        max_seqlen_q: int,
        max_seqlen_k: int,
        dropout_p: float,
        softmax_scale: float,
    ) -> torch.Tensor:
        assert cu_seqlens_q.dtype == cu_seqlens_k.dtype == torch.int32
        longest.append((max_seqlen_q, max_seqlen_k))
        bounds = zip(cu_seqlens_q.tolist(), cu_seqlens_q[1:].tolist(), strict=False)
        parts = [
            F.scaled_dot_product_attention(
                q[start:end].transpose(0, 1),
                k[start:end].transpose(0, 1),
                v[start:end].transpose(0, 1),
                scale=softmax_scale,
            ).transpose(0, 1)
            for start, end in bounds
        ]
        return torch.cat(parts)

    library = ModuleType("flash_attn")
    library.flash_attn_varlen_func = varlen  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "flash_attn", library)
    monkeypatch.setattr(encoder, "_flash_runs", lambda query: True)
    assert_equal(batched(tower()), tower(), LENGTHS["clips of unlike length"])
    assert longest == [(104, 104)] * LAYERS


def test_flash_attention_is_left_alone_on_the_cpu() -> None:
    assert not encoder._flash_runs(torch.zeros(1, dtype=torch.bfloat16))


def test_the_mask_may_be_given_by_position() -> None:
    inputs, mask = features([900, 100])
    found = batched(tower())(inputs, mask).last_hidden_state
    torch.testing.assert_close(found, output(tower(), [900, 100]), atol=1e-5, rtol=1e-5)


def test_copies_and_pickles_attend_as_their_original() -> None:
    model = batched(tower())
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert attention_calls(other, [2000]) == LAYERS
        assert torch.equal(output(other, [2000, 300]), output(model, [2000, 300]))


def test_twice_is_as_once() -> None:
    model = batched(tower())
    batch_windows(model)
    assert len(model._forward_pre_hooks) == 1


def test_the_loop_can_be_chosen_again() -> None:
    model = batched(tower())
    model.set_attn_implementation("sdpa")
    assert torch.equal(output(model, [2000, 300]), output(tower(), [2000, 300]))


def test_a_tower_made_from_the_configuration_alone_attends_within_its_windows() -> None:
    torch.manual_seed(0)
    model = Qwen3ASREncoder(copy.deepcopy(batched(tower()).config))
    model.load_state_dict(tower().state_dict())
    assert torch.equal(output(model, [2000, 300]), output(tower(), [2000, 300]))


def test_the_state_is_the_same() -> None:
    expected = tower().state_dict()
    found = batched(tower()).state_dict()
    assert list(found) == list(expected)
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_what_is_saved_is_the_same_to_the_byte(tiny: Tiny, tmp_path: Path) -> None:
    model = load(str(tiny.model)).model
    model.save_pretrained(tmp_path / "loop")
    batch_windows(model)
    model.save_pretrained(tmp_path / "batched")
    files = sorted(path.name for path in (tmp_path / "loop").iterdir())
    assert files == sorted(path.name for path in (tmp_path / "batched").iterdir())
    for name in files:
        assert (tmp_path / "loop" / name).read_bytes() == (tmp_path / "batched" / name).read_bytes()


def test_the_tower_within_a_whole_model_is_found_and_its_language_model_left_alone() -> None:
    shape = {
        "audio_config": tower().config.to_dict(),
        "text_config": {
            "hidden_size": 32,
            "intermediate_size": 32,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "head_dim": 16,
            "vocab_size": 64,
        },
    }
    model = qwen3_asr(shape)
    assert attention_calls(model.model.audio_tower, [2000]) == 3 * LAYERS
    batch_windows(model)
    assert attention_calls(model.model.audio_tower, [2000]) == LAYERS
    assert model.config.text_config._attn_implementation == "sdpa"
