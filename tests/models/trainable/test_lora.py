"""Adapters: merged, written, read again over their base, and refused over another."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny import Tiny

from plion.config.model import Lora
from plion.errors import InputError
from plion.models import identity
from plion.models.qwen3_asr.files.checkpoint import Checkpoint, load_checkpoint
from plion.models.qwen3_asr.files.saving import save_checkpoint
from plion.models.qwen3_asr.protocol.family import PARTS
from plion.models.trainable import lora

Weights = dict[str, torch.Tensor]
WEIGHTS = "adapter_model.safetensors"


@pytest.fixture
def base(tiny: Tiny, tmp_path: Path) -> Path:
    """The folder of a base model in float32, so that no rounding comes between."""
    checkpoint = load_checkpoint(str(tiny.model))
    whole = tmp_path / "whole"
    save_checkpoint(checkpoint, whole)
    config = json.loads((whole / "config.json").read_text())
    stored = load_file(whole / "model.safetensors")
    save_file(
        {name: weight.float() for name, weight in stored.items()},
        whole / "model.safetensors",
        metadata={"format": "pt"},
    )
    (whole / "config.json").write_text(json.dumps(as_float32(config)))
    return whole


def as_float32(config: dict[str, Any]) -> dict[str, Any]:
    return {
        key: as_float32(value) if isinstance(value, dict) else value
        for key, value in config.items()
    } | ({"dtype": "float32"} if "dtype" in config else {})


@pytest.fixture
def trained(base: Path) -> Checkpoint:
    """The base with updates in all its parts that are not nothing."""
    checkpoint = load_checkpoint(str(base))
    parts: Any = ["audio_tower", "projector", "language_model"]
    lora.add_lora(checkpoint.model, Lora(parts=parts, rank=4, alpha=6), PARTS)
    torch.manual_seed(0)
    with torch.no_grad():
        for name, weight in checkpoint.model.named_parameters():
            if ".lora_B." in name:
                weight.normal_(std=0.1)
    return checkpoint


@pytest.fixture
def adapter(trained: Checkpoint, base: Path, tmp_path: Path) -> Path:
    """The folder of its updates."""
    save_checkpoint(trained, tmp_path / "adapter", str(base))
    return tmp_path / "adapter"


@torch.no_grad()
def logits(checkpoint: Checkpoint) -> torch.Tensor:
    heard = torch.sin(torch.arange(80 * 100.0)).view(1, 80, 100)
    found: torch.Tensor = checkpoint.model(
        input_ids=torch.tensor([checkpoint.prompter.request(16_000)]),
        input_features=heard,
        input_features_mask=torch.ones(1, 100, dtype=torch.long),
    ).logits
    return found


def change(folder: Path, edit: Callable[[Weights], object]) -> str:
    """Edits an adapter's weights; returns its folder's name."""
    weights = load_file(folder / WEIGHTS)
    edit(weights)
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})
    return str(folder)


def test_merged_updates_compute_what_they_computed_beside_the_weights(
    trained: Checkpoint, base: Path
) -> None:
    expected = logits(trained)
    assert not torch.allclose(logits(load_checkpoint(str(base))), expected, atol=0.1)
    lora.merge(trained.model)
    torch.testing.assert_close(logits(trained), expected, atol=1e-4, rtol=1e-4)
    assert trained.model.state_dict().keys() == load_checkpoint(str(base)).model.state_dict().keys()


def test_what_is_saved_merged_is_a_model_like_any_other(
    trained: Checkpoint, base: Path, tmp_path: Path
) -> None:
    expected = logits(trained)
    save_checkpoint(trained, tmp_path / "merged")
    assert {p.name for p in (tmp_path / "merged").iterdir()} == {p.name for p in base.iterdir()}
    torch.testing.assert_close(
        logits(load_checkpoint(str(tmp_path / "merged"))), expected, atol=1e-4, rtol=1e-4
    )


def test_an_adapter_is_read_again_over_its_base(trained: Checkpoint, adapter: Path) -> None:
    assert not (adapter / "model.safetensors").exists()
    found = load_checkpoint(str(adapter))
    torch.testing.assert_close(logits(found), logits(trained), atol=1e-4, rtol=1e-4)
    assert not lora.has(found.model)


def test_an_adapter_of_an_adapter_is_read_over_both(adapter: Path, tmp_path: Path) -> None:
    checkpoint = load_checkpoint(str(adapter))
    lora.add_lora(checkpoint.model, Lora(parts=["projector"]), PARTS)
    save_checkpoint(checkpoint, tmp_path / "second", str(adapter))
    found = load_checkpoint(str(tmp_path / "second"))
    torch.testing.assert_close(
        logits(found), logits(load_checkpoint(str(adapter))), atol=1e-5, rtol=1e-5
    )


def test_peft_reads_an_adapter_without_plion(
    trained: Checkpoint, adapter: Path, base: Path
) -> None:
    from peft import PeftModel

    below = load_checkpoint(str(base))
    model: Any = PeftModel.from_pretrained(below.model, str(adapter))
    found = Checkpoint(model, below.extractor, below.prompter, below.sources)
    torch.testing.assert_close(logits(found), logits(trained), atol=1e-4, rtol=1e-4)


def test_peft_is_imported_only_where_it_is_needed() -> None:
    program = "import sys, plion.models.qwen3_asr.files.checkpoint; sys.exit('peft' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_an_adapter_is_known_by_its_weights_and_by_its_bases(adapter: Path, base: Path) -> None:
    first = identity.identity(str(adapter))
    assert first != identity.identity(str(base))
    change(adapter, lambda weights: next(iter(weights.values())).add_(1))
    assert identity.identity(str(adapter)) != first


def test_an_adapter_over_other_weights_than_its_own_is_refused(adapter: Path, base: Path) -> None:
    weights = load_file(base / "model.safetensors")
    next(iter(weights.values())).add_(1)
    save_file(weights, base / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match="trained on other weights than .*whole has now"):
        load_checkpoint(str(adapter))


def test_an_adapter_whose_base_is_gone_is_refused(adapter: Path, base: Path) -> None:
    base.rename(base.with_name("elsewhere"))
    with pytest.raises(InputError, match="adapter needs its base model: .*not a folder") as error:
        load_checkpoint(str(adapter))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda weights: weights.pop(next(iter(weights))), "has missing keys: model"),
        (lambda weights: weights.update(stray=torch.zeros(1)), "has unexpected keys: stray"),
        (lambda weights: weights.update({next(iter(weights)): torch.zeros(1)}), "cannot be loaded"),
        (
            lambda weights: next(iter(weights.values())).fill_(torch.nan),
            "are NaN or infinite: base",
        ),
    ],
)
def test_updates_that_do_not_fit_are_refused(
    edit: Callable[[Weights], object], message: str, adapter: Path
) -> None:
    with pytest.raises(InputError, match=message) as error:
        load_checkpoint(change(adapter, edit))
    assert "\n" not in str(error.value)
