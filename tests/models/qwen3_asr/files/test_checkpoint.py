"""Checkpoint folders: out and in again to the bit, and every weight accounted for."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from shapes import LARGE, SMALL
from tiny import Tiny
from transformers import Qwen3ASRConfig, Qwen3ASRForConditionalGeneration, Qwen3ASRProcessor

from plion.errors import InputError
from plion.models.converting import convert
from plion.models.folders.promises import shapes
from plion.models.qwen3_asr.files.checkpoint import (
    Checkpoint,
    load_checkpoint,
)
from plion.models.qwen3_asr.files.configurations import hf_config, qwen_asr_config
from plion.models.qwen3_asr.files.layouts import hf_name, qwen_asr_name
from plion.models.qwen3_asr.files.saving import save_checkpoint

Weights = dict[str, torch.Tensor]
NORM = "model.language_model.norm.weight"
HEAD = "thinker.lm_head.weight"


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
    first = load_checkpoint(str(tiny.model))
    expected = logits(first)
    save_checkpoint(first, tmp_path / "out")
    assert torch.equal(logits(load_checkpoint(str(tmp_path / "out"))), expected)


def test_weights_are_stored_in_the_type_of_their_origin(tiny: Tiny, tmp_path: Path) -> None:
    checkpoint = load_checkpoint(str(tiny.model))
    assert checkpoint.model.dtype == torch.float32
    save_checkpoint(checkpoint, tmp_path / "out")
    stored = load_file(tmp_path / "out" / "model.safetensors")
    assert {weight.dtype for weight in stored.values()} == {torch.bfloat16}
    origin = load_file(tiny.model / "model.safetensors")
    assert {name: tuple(w.shape) for name, w in stored.items()} == {
        name: tuple(w.shape) for name, w in origin.items()
    }


def test_a_saved_folder_is_whole_without_plion(tiny: Tiny, tmp_path: Path) -> None:
    save_checkpoint(load_checkpoint(str(tiny.model)), tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        path.name for path in tiny.model.iterdir()
    }
    Qwen3ASRProcessor.from_pretrained(tmp_path / "out")
    Qwen3ASRForConditionalGeneration.from_pretrained(tmp_path / "out")


def test_saving_again_takes_the_place_of_what_was_there(tiny: Tiny, tmp_path: Path) -> None:
    checkpoint = load_checkpoint(str(tiny.model))
    save_checkpoint(checkpoint, tmp_path / "out")
    (tmp_path / "out" / "stray").touch()
    save_checkpoint(checkpoint, tmp_path / "out")
    assert {path.name for path in tmp_path.iterdir()} == {"out"}
    assert not (tmp_path / "out" / "stray").exists()


def test_a_save_that_fails_leaves_no_folder_to_be_taken_for_whole(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("broken disk")

    monkeypatch.setattr("plion.models.qwen3_asr.files.sidecars.shutil.copyfile", fail)
    with pytest.raises(OSError, match="broken disk"):
        save_checkpoint(load_checkpoint(str(tiny.model)), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_type_to_compute_in_is_the_callers(tiny: Tiny) -> None:
    assert load_checkpoint(str(tiny.model), dtype=torch.bfloat16).model.dtype == torch.bfloat16


def test_a_missing_weight_is_named(copy: Path) -> None:
    name = change(copy, lambda weights: weights.pop(NORM))
    with pytest.raises(InputError, match=f"copy has missing keys: {NORM}"):
        load_checkpoint(name)


def test_an_unexpected_weight_is_named(copy: Path) -> None:
    name = change(copy, lambda weights: weights.update({"model.extra": torch.zeros(2)}))
    with pytest.raises(InputError, match="copy has unexpected keys: model.extra"):
        load_checkpoint(name)


def test_a_weight_of_another_shape_is_refused(copy: Path) -> None:
    name = change(copy, lambda weights: weights.update({NORM: torch.zeros(64)}))
    with pytest.raises(InputError, match=f"another shape .*: {NORM} is .64., not .128.$"):
        load_checkpoint(name)


@pytest.mark.parametrize("layout", ["hf", "qwen-asr"])
def test_a_weight_that_is_not_finite_is_named(layout: str, tiny: Tiny, tmp_path: Path) -> None:
    checkpoint = load_checkpoint(str(tiny.model))
    checkpoint.model.get_parameter(NORM)[-1].data.fill_(math.nan)
    save_checkpoint(checkpoint, tmp_path / "out", layout=layout)
    name = NORM if layout == "hf" else qwen_asr_name(NORM)
    with pytest.raises(InputError) as error:
        load_checkpoint(str(tmp_path / "out"))
    assert str(error.value).startswith(
        f"model {tmp_path / 'out'} has weights that are NaN or infinite: {name}; "
    )
    with pytest.raises(InputError, match="NaN or infinite"):
        convert(str(tmp_path / "out"), tmp_path / "converted", layout)


def test_weights_cut_off_are_refused(copy: Path) -> None:
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100_000])
    with pytest.raises(
        InputError, match=r"model.safetensors is truncated or damaged: .* 100000 bytes"
    ):
        load_checkpoint(str(copy))


def test_a_folder_without_weights_is_refused(copy: Path) -> None:
    (copy / "model.safetensors").unlink()
    with pytest.raises(InputError, match="copy has no weights"):
        load_checkpoint(str(copy))


@pytest.fixture
def other(tiny: Tiny, tmp_path: Path) -> Path:
    """The model in the `qwen-asr` layout."""
    save_checkpoint(load_checkpoint(str(tiny.model)), tmp_path / "other", layout="qwen-asr")
    return tmp_path / "other"


def test_either_layout_computes_the_same_to_the_bit(tiny: Tiny, other: Path) -> None:
    assert torch.equal(
        logits(load_checkpoint(str(other))), logits(load_checkpoint(str(tiny.model)))
    )


def test_the_other_layout_brings_all_that_goes_with_the_weights(tiny: Tiny, other: Path) -> None:
    first, second = load_checkpoint(str(tiny.model)), load_checkpoint(str(other))
    assert second.model.config.to_dict() == first.model.config.to_dict()
    assert second.model.generation_config == first.model.generation_config
    assert second.extractor.to_dict() == first.extractor.to_dict()
    assert second.prompter.count(["Seven மூன்று 三"]) == first.prompter.count(["Seven மூன்று 三"])


def test_trained_from_the_other_layout_it_is_saved_for_transformers(
    tiny: Tiny, other: Path, tmp_path: Path
) -> None:
    save_checkpoint(load_checkpoint(str(other)), tmp_path / "out")
    Qwen3ASRProcessor.from_pretrained(tmp_path / "out")
    model = Qwen3ASRForConditionalGeneration.from_pretrained(tmp_path / "out")
    origin = load_file(tiny.model / "model.safetensors")
    assert all(torch.equal(model.state_dict()[name], origin[name]) for name in origin)


def test_a_second_copy_of_tied_embeddings_is_left_out(tiny: Tiny, other: Path) -> None:
    """The published files have one."""
    embeddings = "thinker.model.embed_tokens.weight"
    name = change(other, lambda own: own.update({HEAD: own[embeddings].clone()}))
    assert torch.equal(logits(load_checkpoint(name)), logits(load_checkpoint(str(tiny.model))))


def test_a_tied_head_that_is_another_is_refused(other: Path) -> None:
    embeddings = "thinker.model.embed_tokens.weight"
    name = change(other, lambda own: own.update({HEAD: own[embeddings] + 1}))
    with pytest.raises(InputError, match=f"ties its head .* has others in {HEAD}"):
        load_checkpoint(name)


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda own: own.pop("thinker.audio_tower.proj1.bias"), "missing keys: model.multi_modal"),
        (lambda own: own.update({"thinker.talker": torch.zeros(2)}), "unexpected keys: thinker.ta"),
        (lambda own: own.update({NORM: torch.zeros(128)}), f"unexpected keys: {NORM}"),
    ],
)
def test_every_key_of_the_other_layout_is_accounted_for(
    edit: Callable[[Weights], object], told: str, other: Path
) -> None:
    with pytest.raises(InputError, match=f"other has {told}"):
        load_checkpoint(change(other, edit))


def test_a_config_that_promises_another_size_is_refused(other: Path) -> None:
    config = json.loads((other / "config.json").read_text())
    config["thinker_config"]["text_config"]["intermediate_size"] = 96
    (other / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match="another shape than its config.json says: .*mlp"):
        load_checkpoint(str(other))


def test_a_tokenizer_of_another_model_is_refused(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps({**config, "audio_token_id": 4}))
    with pytest.raises(InputError, match="tokenizer of .*copy is another model's: .*audio_pad.* 5"):
        load_checkpoint(str(copy))


def test_a_tokenizer_with_more_tokens_than_embeddings_is_refused(copy: Path) -> None:
    content = json.loads((copy / "tokenizer.json").read_text())
    last = content["added_tokens"][-1]
    content["added_tokens"].append({**last, "id": 1280, "content": "<more>"})
    (copy / "tokenizer.json").write_text(json.dumps(content))
    rows = json.loads((copy / "config.json").read_text())["text_config"]["vocab_size"]
    with pytest.raises(InputError, match=f"up to {rows}, and the model has embeddings of {rows}"):
        load_checkpoint(str(copy))


def test_a_forced_aligner_is_no_recogniser(other: Path) -> None:
    config = json.loads((other / "config.json").read_text())
    config["thinker_config"]["classify_num"] = 5000
    (other / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match="other: this is Qwen3's forced aligner"):
        load_checkpoint(str(other))


@pytest.mark.parametrize("shape", [SMALL, LARGE])
def test_every_tensor_of_one_layout_is_one_of_the_other(shape: dict[str, Any]) -> None:
    config = Qwen3ASRConfig(**shape)
    expected = shapes(Qwen3ASRForConditionalGeneration, config, "lm_head.weight")
    named = [qwen_asr_name(name) for name in expected]
    assert len({*named}) == len(expected) and all(name.startswith("thinker.") for name in named)
    assert [hf_name(name) for name in named] == [*expected]
    written = qwen_asr_config(config.to_dict(), {}, [])
    again = Qwen3ASRConfig(**hf_config(written, {}))
    assert shapes(Qwen3ASRForConditionalGeneration, again, "lm_head.weight") == expected


def test_the_small_shape_has_782_million_parameters() -> None:
    promised = shapes(Qwen3ASRForConditionalGeneration, Qwen3ASRConfig(**SMALL), "lm_head.weight")
    counted = {name: math.prod(shape) for name, shape in promised.items()}
    heard = sum(size for name, size in counted.items() if "audio_tower" in name or "proj" in name
                and "language" not in name)  # fmt: skip
    assert round(sum(counted.values()) / 1e6, 1) == 782.4 and round(heard / 1e6, 1) == 186.4


@pytest.mark.parametrize(
    ("group", "key", "value"),
    [
        ("text_config", "vocab_size", "abc"),
        ("text_config", "vocab_size", -1),
        ("text_config", "num_attention_heads", 0),
        ("text_config", "hidden_act", "banana"),
        ("text_config", "rope_parameters", "x"),
        ("audio_config", "encoder_attention_heads", 0),
        ("audio_config", "n_window", "x"),
        ("", "audio_config", "x"),
        ("", "dtype", "banana"),
    ],
)
def test_a_configuration_of_wrong_values_is_one_sentence(
    copy: Path, group: str, key: str, value: object
) -> None:
    config = json.loads((copy / "config.json").read_text())
    (config[group] if group else config)[key] = value
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match=r"config\.json is not of Qwen3-ASR|another shape"):
        load_checkpoint(str(copy))
