"""Tensors between two: as torch would make them, and exact where the two are equal."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from plion.errors import InputError
from plion.models.averaging.blend import Blend
from plion.models.folders.safetensors import stored
from plion.models.folders.shards import write_weights

SIZE = 1_500_000  # more than a block


def blended(home: Path, first: torch.Tensor, second: torch.Tensor, weight: float) -> torch.Tensor:
    for name, one in (("first", first), ("second", second)):
        (home / name).mkdir()
        save_file({"w": one}, home / name / "model.safetensors")
    own, other = (stored(home / name)["w"] for name in ("first", "second"))
    (home / "made").mkdir()
    write_weights({"w": Blend("w", own, other, weight)}, home / "made")
    return load_file(home / "made" / "model.safetensors")["w"]


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16, torch.float16, torch.float64])
@pytest.mark.parametrize("base", [torch.float32, torch.bfloat16])
def test_it_is_made_in_float32_and_rounded_once(
    tmp_path: Path, kind: torch.dtype, base: torch.dtype
) -> None:
    torch.manual_seed(0)
    first, second = torch.randn(3, SIZE // 3).to(base), torch.randn(3, SIZE // 3).to(kind)
    wide = torch.promote_types(kind, torch.float32)
    expected = (0.75 * first.to(wide) + 0.25 * second.to(wide)).to(kind)
    found = blended(tmp_path, first, second, 0.25)
    assert found.dtype == kind and found.shape == first.shape
    assert torch.equal(found, expected)


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_what_is_equal_stays_as_it_is(tmp_path: Path, kind: torch.dtype) -> None:
    first = torch.randn(SIZE).to(kind)
    second = first.clone()
    second[::7] += 1
    found = blended(tmp_path, first, second, 0.3)
    same = first == second
    assert torch.equal(found[same], first[same]) and not torch.equal(found, first)


def test_whole_numbers_are_kept_if_equal_and_refused_by_name_otherwise(tmp_path: Path) -> None:
    numbers = torch.arange(5)
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    assert torch.equal(blended(tmp_path / "one", numbers, numbers.clone(), 0.5), numbers)
    with pytest.raises(InputError, match="w is of type I64 and differs between the two models"):
        blended(tmp_path / "two", numbers, numbers + 1, 0.5)
