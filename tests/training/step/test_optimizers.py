"""Optimisers: which weights they have, what they compute, and that they go on where they were."""

import io
from collections.abc import Callable

import pytest
import torch
from torch import nn

from plion.config.training import Optim
from plion.training.step.optimizers import optimizer

NAMES = ("adamw", "adafactor")


@pytest.fixture
def weights() -> list[nn.Parameter]:
    """A convolution's, a matrix, a vector, and a matrix that is not trained."""
    torch.manual_seed(0)
    shapes = [(4, 3, 3, 3), (8, 6), (8,), (5, 5)]
    found = [nn.Parameter(torch.randn(shape)) for shape in shapes]
    found[-1].requires_grad_(False)
    return found


@pytest.fixture
def steps(weights: list[nn.Parameter]) -> Callable[[torch.optim.Optimizer, int], None]:
    """Takes steps on gradients that the weights themselves make."""

    def take(chosen: torch.optim.Optimizer, count: int) -> None:
        for _ in range(count):
            chosen.zero_grad()
            trained = [weight for weight in weights if weight.requires_grad]
            torch.stack([(weight**4).sum() for weight in trained]).sum().backward()
            chosen.step()

    return take


def copies(weights: list[nn.Parameter]) -> list[torch.Tensor]:
    return [weight.detach().clone() for weight in weights]


@pytest.mark.parametrize("name", NAMES)
def test_matrices_decay_and_vectors_do_not(name: str, weights: list[nn.Parameter]) -> None:
    chosen = optimizer(weights, Optim(name=name, weight_decay=0.1))  # type: ignore[arg-type]
    decay = {id(w): group["weight_decay"] for group in chosen.param_groups for w in group["params"]}
    assert decay == {id(weights[0]): 0.1, id(weights[1]): 0.1, id(weights[2]): 0.0}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_trained_stays_as_it_is(
    name: str, weights: list[nn.Parameter], steps: Callable[..., None]
) -> None:
    before = copies(weights)
    steps(optimizer(weights, Optim(name=name)), 2)  # type: ignore[arg-type]
    changed = [not torch.equal(old, new) for old, new in zip(before, weights, strict=True)]
    assert changed == [True, True, True, False]


@pytest.mark.parametrize("name", NAMES)
def test_matrices_alone_may_be_all_there_is_to_train(
    name: str, weights: list[nn.Parameter]
) -> None:
    (group,) = optimizer(weights[:2], Optim(name=name)).param_groups  # type: ignore[arg-type]
    assert len(group["params"]) == 2


def test_adamw_is_fused_and_is_adamw(
    weights: list[nn.Parameter], steps: Callable[..., None]
) -> None:
    optim, start = Optim(weight_decay=0.1), copies(weights)
    chosen = optimizer(weights, optim)
    assert chosen.defaults["fused"]
    steps(chosen, 3)
    fused = copies(weights)
    with torch.no_grad():
        for weight, old in zip(weights, start, strict=True):
            weight.copy_(old)
    groups = [
        {"params": weights[:2], "weight_decay": 0.1},
        {"params": weights[2:3], "weight_decay": 0.0},
    ]
    betas = (optim.beta1, optim.beta2)
    steps(torch.optim.AdamW(groups, lr=optim.lr, betas=betas, fused=False, foreach=False), 3)
    torch.testing.assert_close(copies(weights), fused)


def test_adafactor_remembers_rows_and_columns_in_place_of_a_matrix(
    weights: list[nn.Parameter], steps: Callable[..., None]
) -> None:
    chosen = optimizer(weights, Optim(name="adafactor"))
    steps(chosen, 1)
    matrix, vector = (chosen.state[weights[number]] for number in (1, 2))
    assert (matrix["row_var"].numel(), matrix["col_var"].numel()) == (8, 6)
    assert vector["variance"].shape == (8,)


@pytest.mark.parametrize("name", NAMES)
def test_it_goes_on_from_its_state_to_the_bit(
    name: str, weights: list[nn.Parameter], steps: Callable[..., None]
) -> None:
    optim = Optim(name=name)  # type: ignore[arg-type]
    chosen = optimizer(weights, optim)
    steps(chosen, 2)
    file, middle = io.BytesIO(), copies(weights)
    torch.save(chosen.state_dict(), file)
    steps(chosen, 2)
    expected = copies(weights)
    with torch.no_grad():
        for weight, old in zip(weights, middle, strict=True):
            weight.copy_(old)
    resumed = optimizer(weights, optim)
    file.seek(0)
    resumed.load_state_dict(torch.load(file, weights_only=True))
    steps(resumed, 2)
    assert all(torch.equal(new, old) for new, old in zip(weights, expected, strict=True))
