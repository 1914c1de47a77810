"""Pickles among the weights: read where asked for, as tensors and nothing else."""

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tiny import Tiny

from plion.errors import InputError
from plion.models.converting import convert

WEIGHTS = "model.safetensors"


@pytest.fixture
def pickled(copy: Path) -> Path:
    """The model with its weights in a pickle."""
    torch.save(load_file(copy / WEIGHTS), copy / "pytorch_model.bin")
    (copy / WEIGHTS).unlink()
    return copy


def test_a_pickle_is_read_where_it_is_asked_for(pickled: Path, tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="pytorch_model.bin, a pickle"):
        convert(str(pickled), tmp_path / "out", "hf")
    convert(str(pickled), tmp_path / "out", "hf", pickle=True)
    assert (tmp_path / "out" / WEIGHTS).read_bytes() == (tiny.model / WEIGHTS).read_bytes()


def test_nothing_in_a_pickle_is_run(pickled: Path, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (tmp_path / "sprung",)  # type: ignore[return-value]

    torch.save({"model": Trap()}, pickled / "pytorch_model.bin")
    with pytest.raises(
        InputError, match="pytorch_model.bin cannot be read as tensors only"
    ) as told:
        convert(str(pickled), tmp_path / "out", "hf", pickle=True)
    assert not (tmp_path / "sprung").exists()
    assert "weights_only" not in str(told.value) and "contains code" in str(told.value)


def test_a_pickle_of_the_older_format_is_read(pickled: Path, tiny: Tiny, tmp_path: Path) -> None:
    tensors = load_file(tiny.model / WEIGHTS)
    file = pickled / "pytorch_model.bin"
    torch.save(tensors, file, _use_new_zipfile_serialization=False)
    convert(str(pickled), tmp_path / "out", "hf", pickle=True)
    assert (tmp_path / "out" / WEIGHTS).read_bytes() == (tiny.model / WEIGHTS).read_bytes()


@pytest.mark.parametrize("content", [[1], {"a": {"b": 1}}])
def test_a_pickle_of_something_else_is_refused(
    content: object, pickled: Path, tmp_path: Path
) -> None:
    torch.save(content, pickled / "pytorch_model.bin")
    with pytest.raises(InputError, match="is not a dictionary of tensors"):
        convert(str(pickled), tmp_path / "out", "hf", pickle=True)


def test_a_name_in_two_pickles_is_refused(pickled: Path, tmp_path: Path) -> None:
    shutil.copy(pickled / "pytorch_model.bin", pickled / "pytorch_model-2.bin")
    with pytest.raises(InputError, match="both hold lm_head|both hold model"):
        convert(str(pickled), tmp_path / "out", "hf", pickle=True)
