"""Safetensors read and written by the byte, against the format's own library."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from plion.errors import InputError
from plion.models.folders.safetensors import stored
from plion.models.folders.shards import SHARD, write_weights
from plion.models.folders.weights import accounted, check_finite, same

TENSORS = {
    "b": torch.arange(6.0).view(2, 3).to(torch.bfloat16),
    "a": torch.tensor([1.5, -2.25], dtype=torch.float32),
    "scalar": torch.tensor(7.0),
    "odd": torch.ones(3, dtype=torch.float16),
    "empty": torch.zeros(0, 4),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_file(TENSORS, tmp_path / "model.safetensors", metadata={"format": "pt"})
    return tmp_path


def copied(folder: Path, shard: int = SHARD) -> Path:
    (folder / "copy").mkdir()
    write_weights(stored(folder), folder / "copy", shard)
    return folder / "copy"


def test_what_the_library_wrote_is_written_to_the_byte(folder: Path) -> None:
    copy = copied(folder)
    assert (copy / "model.safetensors").read_bytes() == (folder / "model.safetensors").read_bytes()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("kind", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_one_number_that_is_not_finite_is_noticed_wherever_it_lies(
    kind: torch.dtype, value: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plion.models.folders.safetensors._BLOCK", 16)
    largest = torch.full((99,), torch.finfo(kind).max, dtype=kind)
    spoilt = largest.clone()
    spoilt[98] = value
    save_file({"whole": largest, "ids": torch.full((9,), -1)}, tmp_path / "model.safetensors")
    check_finite(tmp_path, stored(tmp_path))
    save_file({"whole": largest, "spoilt": spoilt}, tmp_path / "model.safetensors")
    with pytest.raises(InputError, match="has weights that are NaN or infinite: spoilt; "):
        check_finite(tmp_path, stored(tmp_path))


def test_shards_have_an_index_and_all_tensors(folder: Path) -> None:
    copy = copied(folder, shard=12)
    index = json.loads((copy / "model.safetensors.index.json").read_text())
    assert index["metadata"]["total_size"] == sum(one.nbytes for one in TENSORS.values())
    assert {*index["weight_map"]} == {*TENSORS} and not (copy / "model.safetensors").exists()
    for name, file in index["weight_map"].items():
        assert torch.equal(load_file(copy / file)[name], TENSORS[name])
    files = sorted({*index["weight_map"].values()})
    assert files[0] == f"model-00001-of-{len(files):05d}.safetensors"
    assert all(same(one, stored(folder)[name]) for name, one in stored(copy).items())


def test_tensors_that_differ_in_a_bit_are_not_the_same(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    changed = {**TENSORS, "odd": torch.tensor([1.0, 1.0, 1.001], dtype=torch.float16)}
    save_file(changed, tmp_path / "other" / "model.safetensors")
    ours, theirs = stored(folder), stored(tmp_path / "other")
    assert [name for name in ours if not same(ours[name], theirs[name])] == ["odd"]


@pytest.mark.parametrize("kept", [0, 7, 60, 200, -1])
def test_a_file_that_was_cut_off_is_named(kept: int, folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match="model.safetensors is (cut off|truncated) or "):
        stored(folder)


def test_a_file_of_another_format_is_named(folder: Path) -> None:
    torch.save(TENSORS, folder / "model.safetensors")
    with pytest.raises(InputError, match="is truncated or not a safetensors file"):
        stored(folder)


def test_a_tensor_in_two_files_is_refused(folder: Path) -> None:
    save_file({"a": TENSORS["a"]}, folder / "more.safetensors")
    (folder / "model.safetensors").rename(folder / "first.safetensors")
    with pytest.raises(InputError, match="both hold a$"):
        stored(folder)


def test_what_is_missing_or_too_much_is_named(folder: Path) -> None:
    found = stored(folder)
    promised = {name: one.shape for name, one in found.items()}
    accounted(folder, found, promised)
    with pytest.raises(InputError, match="has missing keys: c, d, e and 1 more"):
        accounted(folder, found, {**promised, "c": (), "d": (), "e": (), "f": ()})
    with pytest.raises(InputError, match="another shape .*: b is .2, 3., not .3, 2.$"):
        accounted(folder, found, {**promised, "b": (3, 2)})
