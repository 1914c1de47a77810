"""Whisper's folders: every weight accounted for, in and out, and read by the library."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import WhisperForConditionalGeneration, WhisperProcessor

from plion.config.model import Lora, Model
from plion.errors import InputError
from plion.models.trainable.prepare import prepare
from plion.models.whisper.protocol.family import FAMILY
from plion.models.whisper.protocol.loaded import LoadedWhisper
from plion.models.whisper.protocol.loading import load_whisper

HEAD, EMBEDDINGS = "proj_out.weight", "model.decoder.embed_tokens.weight"


def loaded_from(folder: Path, **settings: Any) -> LoadedWhisper:
    return load_whisper(FAMILY, folder, Model(**settings), torch.float32, attention="sdpa")


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def changed(folder: Path, name: str, **values: Any) -> None:
    path = folder / name
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def rewritten(folder: Path, weights: dict[str, torch.Tensor]) -> None:
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def test_what_is_saved_is_what_was_loaded_to_the_bit(folder: Path, tmp_path: Path) -> None:
    loaded_from(folder).save(tmp_path / "saved")
    before, after = (load_file(one / "model.safetensors") for one in (folder, tmp_path / "saved"))
    assert before.keys() == after.keys() and HEAD not in after
    assert all(torch.equal(before[name], after[name]) for name in before)
    for name in ("tokenizer.json", "generation_config.json", "processor_config.json"):
        assert (tmp_path / "saved" / name).read_bytes() == (folder / name).read_bytes()


def test_the_library_reads_what_is_saved(folder: Path, tmp_path: Path) -> None:
    loaded_from(folder).save(tmp_path / "saved")
    model, report = WhisperForConditionalGeneration.from_pretrained(
        tmp_path / "saved", output_loading_info=True
    )
    assert not any(report[kind] for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    assert model.proj_out.weight is model.model.decoder.embed_tokens.weight
    processor = WhisperProcessor.from_pretrained(tmp_path / "saved")
    features = processor([0.0] * 16_000, sampling_rate=16_000, return_tensors="pt").input_features
    assert model.generate(features, language="ta", max_new_tokens=4).shape[0] == 1


def test_weights_keep_the_type_that_they_came_in(copy: Path, tmp_path: Path) -> None:
    half = {name: one.bfloat16() for name, one in load_file(copy / "model.safetensors").items()}
    rewritten(copy, half)
    changed(copy, "config.json", dtype="bfloat16")
    loaded_from(copy).save(tmp_path / "saved")
    assert {one.dtype for one in load_file(tmp_path / "saved/model.safetensors").values()} == {
        torch.bfloat16
    }


def test_a_second_copy_of_the_tied_head_is_left_out(copy: Path, tmp_path: Path) -> None:
    weights = load_file(copy / "model.safetensors")
    rewritten(copy, {**weights, HEAD: weights[EMBEDDINGS].clone()})
    loaded_from(copy).save(tmp_path / "saved")
    assert HEAD not in load_file(tmp_path / "saved/model.safetensors")


def test_a_head_that_is_not_what_it_is_tied_to_is_refused(copy: Path) -> None:
    weights = load_file(copy / "model.safetensors")
    rewritten(copy, {**weights, HEAD: weights[EMBEDDINGS] + 1})
    with pytest.raises(InputError, match="ties its head to its embeddings .* others in proj_out"):
        loaded_from(copy)


@pytest.mark.parametrize("kind", ["missing", "unexpected"])
def test_weights_that_are_missing_or_too_many_are_named(kind: str, copy: Path) -> None:
    weights = load_file(copy / "model.safetensors")
    one = "model.encoder.conv1.weight"
    rewritten(copy, {f"{name}_" if name == one else name: w for name, w in weights.items()})
    del weights[one]
    if kind == "unexpected":
        rewritten(copy, {**load_file(copy / "model.safetensors"), one: torch.zeros(32, 80, 3)})
    with pytest.raises(InputError, match=f"copy has {kind} keys: {one}"):
        loaded_from(copy)


def test_weights_that_are_not_finite_are_named(copy: Path) -> None:
    weights = load_file(copy / "model.safetensors")
    weights[EMBEDDINGS][0, 0] = torch.inf
    rewritten(copy, weights)
    with pytest.raises(InputError, match=f"NaN or infinite: {EMBEDDINGS};"):
        loaded_from(copy)


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("config.json", {"d_model": "wide"}, "config.json is not of Whisper"),
        ("config.json", {"d_model": 33}, "config.json is not of Whisper"),
        ("config.json", {"encoder_layers": 2}, "copy has missing keys"),
        ("config.json", {"decoder_ffn_dim": 32}, "of another shape than its config.json says"),
        ("config.json", {"decoder_start_token_id": 3}, "is another model's: transcripts start"),
        ("config.json", {"max_source_positions": 100}, "embed_positions.weight is .150, 32., not"),
    ],
)
def test_a_folder_whose_parts_do_not_go_together_is_one_sentence(
    name: str, values: dict[str, Any], told: str, copy: Path
) -> None:
    changed(copy, name, **values)
    with pytest.raises(InputError, match=told):
        loaded_from(copy)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("chunk_length", 30, "chunk_length 30 for a model that takes 3"),
        ("feature_size", 128, "feature_size 128 for a model that takes 80"),
        ("sampling_rate", 8_000, "sampling_rate 8000 for a model that takes 16000"),
    ],
)
def test_features_of_another_model_are_refused(
    name: str, value: int, told: str, copy: Path
) -> None:
    kept = json.loads((copy / "processor_config.json").read_text())["feature_extractor"]
    changed(copy, "processor_config.json", feature_extractor={**kept, name: value})
    with pytest.raises(InputError, match=told):
        loaded_from(copy)


def test_a_tokenizer_with_more_tokens_than_embeddings_is_refused(copy: Path) -> None:
    weights = load_file(copy / "model.safetensors")
    rewritten(copy, {**weights, EMBEDDINGS: weights[EMBEDDINGS][:300]})
    changed(copy, "config.json", vocab_size=300)
    with pytest.raises(InputError, match="it has tokens up to .* embeddings of 300"):
        loaded_from(copy)


def test_what_a_folder_lacks_is_taken_from_another(folder: Path, copy: Path) -> None:
    for name in ("tokenizer.json", "processor_config.json", "generation_config.json"):
        (copy / name).unlink()
    with pytest.raises(InputError, match="has no tokenizer.json"):
        loaded_from(copy)
    assert loaded_from(copy, like=str(folder)).sources.tokenizer == folder


def test_updates_are_merged_or_written_alone(folder: Path, tmp_path: Path) -> None:
    one = loaded_from(folder)
    settings = Model(lora=Lora(parts=["audio_tower", "language_model"], rank=2))
    prepare(one.model, FAMILY.parts, settings, ())
    torch.manual_seed(0)
    for name, weight in one.model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight)
    one.save(tmp_path / "alone", adapter_of=str(folder))
    one.save(tmp_path / "merged")
    alone, merged = loaded_from(tmp_path / "alone"), loaded_from(tmp_path / "merged")
    whole = merged.model.state_dict()
    assert all(torch.allclose(w, whole[name]) for name, w in alone.model.state_dict().items())
    before = load_file(folder / "model.safetensors")
    moved = {name for name in before if not torch.equal(before[name], whole[name])}
    linear = ("_proj.weight", "fc1.weight", "fc2.weight")
    assert moved == {name for name in before if name.endswith(linear)}
