"""Checkpoint folders: out and in again to the bit, and every weight accounted for."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny import Tiny
from transformers import Qwen3ASRForConditionalGeneration, Qwen3ASRProcessor

from plion.errors import InputError
from plion.model.checkpoint import Checkpoint, load, save

Weights = dict[str, torch.Tensor]
NORM = "model.language_model.norm.weight"


@pytest.fixture
def copy(tiny: Tiny, tmp_path: Path) -> Path:
    """A model folder to spoil."""
    return Path(shutil.copytree(tiny.model, tmp_path / "copy"))


def change(folder: Path, edit: Callable[[Weights], object]) -> str:
    """Edits a folder's weights; returns its name."""
    weights = load_file(folder / "model.safetensors")
    edit(weights)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return str(folder)


@torch.no_grad()
def logits(checkpoint: Checkpoint) -> torch.Tensor:
    prompt = checkpoint.prompter.request(16_000)
    heard = torch.sin(torch.arange(80 * 100.0)).view(1, 80, 100)
    found: torch.Tensor = checkpoint.model(
        input_ids=torch.tensor([prompt]),
        input_features=heard,
        input_features_mask=torch.ones(1, 100, dtype=torch.long),
    ).logits
    return found


def test_saved_and_loaded_again_it_computes_the_same_to_the_bit(tiny: Tiny, tmp_path: Path) -> None:
    first = load(str(tiny.model))
    expected = logits(first)
    save(first, tmp_path / "out")
    assert torch.equal(logits(load(str(tmp_path / "out"))), expected)


def test_weights_are_stored_in_the_type_of_their_origin(tiny: Tiny, tmp_path: Path) -> None:
    checkpoint = load(str(tiny.model))
    assert checkpoint.model.dtype == torch.float32
    save(checkpoint, tmp_path / "out")
    stored = load_file(tmp_path / "out" / "model.safetensors")
    assert {weight.dtype for weight in stored.values()} == {torch.bfloat16}
    origin = load_file(tiny.model / "model.safetensors")
    assert {name: tuple(w.shape) for name, w in stored.items()} == {
        name: tuple(w.shape) for name, w in origin.items()
    }


def test_a_saved_folder_is_whole_without_plion(tiny: Tiny, tmp_path: Path) -> None:
    save(load(str(tiny.model)), tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        path.name for path in tiny.model.iterdir()
    }
    Qwen3ASRProcessor.from_pretrained(tmp_path / "out")
    Qwen3ASRForConditionalGeneration.from_pretrained(tmp_path / "out")


def test_saving_again_takes_the_place_of_what_was_there(tiny: Tiny, tmp_path: Path) -> None:
    checkpoint = load(str(tiny.model))
    save(checkpoint, tmp_path / "out")
    (tmp_path / "out" / "stray").touch()
    save(checkpoint, tmp_path / "out")
    assert {path.name for path in tmp_path.iterdir()} == {"out"}
    assert not (tmp_path / "out" / "stray").exists()


def test_a_save_that_fails_leaves_no_folder_to_be_taken_for_whole(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("broken disk")

    monkeypatch.setattr("plion.model.checkpoint.shutil.copyfile", fail)
    with pytest.raises(OSError, match="broken disk"):
        save(load(str(tiny.model)), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_type_to_compute_in_is_the_callers(tiny: Tiny) -> None:
    assert load(str(tiny.model), dtype=torch.bfloat16).model.dtype == torch.bfloat16


def test_a_missing_weight_is_named(copy: Path) -> None:
    name = change(copy, lambda weights: weights.pop(NORM))
    with pytest.raises(InputError, match=f"copy has missing keys: {NORM}"):
        load(name)


def test_an_unexpected_weight_is_named(copy: Path) -> None:
    name = change(copy, lambda weights: weights.update({"model.extra": torch.zeros(2)}))
    with pytest.raises(InputError, match="copy has unexpected keys: model.extra"):
        load(name)


def test_a_weight_of_another_shape_is_refused(copy: Path) -> None:
    name = change(copy, lambda weights: weights.update({NORM: torch.zeros(64)}))
    with pytest.raises(InputError, match="copy") as error:
        load(name)
    assert str(error.value).count("\n") == 0


def test_weights_cut_off_are_refused(copy: Path) -> None:
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100_000])
    with pytest.raises(InputError, match="copy cannot be loaded"):
        load(str(copy))


def test_a_folder_without_weights_is_refused(copy: Path) -> None:
    (copy / "model.safetensors").unlink()
    with pytest.raises(InputError, match="copy has no weights"):
        load(str(copy))


def test_the_qwen_asr_layout_is_recognised_and_refused(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps({"thinker_config": config}))
    with pytest.raises(InputError, match="qwen-asr layout"):
        load(str(copy))
