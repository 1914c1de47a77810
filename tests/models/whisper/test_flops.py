"""The work that is counted from a configuration is that of the model's own classes."""

from dataclasses import astuple

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import WhisperConfig, WhisperForConditionalGeneration

from plion.models.whisper.flops import multiply_adds, passes

CONFIG = WhisperConfig(
    vocab_size=300,
    num_mel_bins=20,
    d_model=32,
    encoder_layers=2,
    decoder_layers=3,
    encoder_attention_heads=4,
    decoder_attention_heads=2,
    encoder_ffn_dim=96,
    decoder_ffn_dim=80,
    max_source_positions=50,
    max_target_positions=40,
    pad_token_id=0,
)
ROWS, COLUMNS, SUPERVISED = 3, 17, 12


def counted_by_torch(model: WhisperForConditionalGeneration, *, backward: bool) -> float:
    """Multiply-adds of a pass. Attention is eager: torch has no count of what it fuses on a CPU."""
    with FlopCounterMode(display=False) as counter:
        hidden = model.model(
            input_features=torch.zeros(ROWS, 20, 100),
            decoder_input_ids=torch.ones(ROWS, COLUMNS, dtype=torch.long),
            use_cache=False,
        ).last_hidden_state
        logits = model.proj_out(hidden[:, : SUPERVISED // ROWS])
        if backward:
            logits.sum().backward()
    return counter.get_total_flops() / 2


@pytest.fixture
def model() -> WhisperForConditionalGeneration:
    torch.manual_seed(0)
    found = WhisperForConditionalGeneration(CONFIG)
    found.set_attn_implementation("eager")
    return found


def test_a_forward_pass_is_counted_exactly(model: WhisperForConditionalGeneration) -> None:
    work = multiply_adds(CONFIG.to_dict(), ROWS, ROWS * COLUMNS, SUPERVISED)
    assert work.total == counted_by_torch(model, backward=False)


@pytest.mark.parametrize("frozen", ["", "encoder", "decoder"])
def test_training_is_counted_by_what_is_trained(
    frozen: str, model: WhisperForConditionalGeneration
) -> None:
    if frozen:
        model.get_submodule(f"model.{frozen}").requires_grad_(False)
    work = multiply_adds(CONFIG.to_dict(), ROWS, ROWS * COLUMNS, SUPERVISED)
    each = passes(float(frozen != "encoder"), float(frozen != "decoder"))
    counted = sum(a * b for a, b in zip(astuple(work), astuple(each), strict=True))
    assert counted == pytest.approx(counted_by_torch(model, backward=True), rel=0.05)
