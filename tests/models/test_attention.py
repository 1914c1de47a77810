"""Which attention a run computes with: what is asked for, or what the machine has."""

from pathlib import Path

import pytest
import torch
from tiny import Tiny

from plion.config.experiment import decoding_attention
from plion.config.identity import evaluation_identity, identity
from plion.config.schema import Experiment
from plion.errors import InputError
from plion.models import attention


def settings(tiny: Tiny, *overrides: str) -> Experiment:
    return tiny.experiment(Path("runs"), *overrides)


@pytest.mark.parametrize(
    ("asked", "trained", "decoded"),
    [("auto", "sdpa", "sdpa"), ("sdpa", "sdpa", "sdpa"), ("reference", "reference", "reference")],
)
def test_on_a_cpu_all_windows_go_at_once_if_nothing_else_is_asked_for(
    asked: str, trained: str, decoded: str, tiny: Tiny
) -> None:
    exp = settings(tiny, f"model.attention={asked}")
    assert (attention.training_attention(exp.model, exp.trainer), decoding_attention(exp)) == (
        trained,
        decoded,
    )


@pytest.mark.parametrize(("asked", "decoded"), [("auto", "sdpa"), ("flash", "sdpa")])
def test_flash_attention_trains_where_it_runs_and_never_decodes(
    asked: str, decoded: str, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attention, "device", lambda _: torch.device("cuda"))
    monkeypatch.setattr(attention, "flash_runs", lambda *_: True)
    exp = settings(tiny, f"model.attention={asked}", "trainer.precision=bf16-mixed")
    assert (attention.training_attention(exp.model, exp.trainer), decoding_attention(exp)) == (
        "flash",
        decoded,
    )


def test_an_evaluation_is_the_same_whatever_would_only_train_otherwise(tiny: Tiny) -> None:
    auto, sdpa, flash, reference = (
        evaluation_identity(settings(tiny, f"model.attention={asked}"))
        for asked in ("auto", "sdpa", "flash", "reference")
    )
    assert auto == sdpa == flash != reference


def test_flash_attention_that_cannot_run_is_refused_in_a_sentence(tiny: Tiny) -> None:
    exp = settings(tiny, "model.attention=flash")
    with pytest.raises(InputError, match=r"flash-attn.*CUDA.*this is cpu in precision 32"):
        attention.training_attention(exp.model, exp.trainer)


def test_a_run_records_what_it_computed_with(tiny: Tiny, tmp_path: Path) -> None:
    run = tiny.train(tmp_path, "hold.amount=1", "model.attention=reference")
    assert run.read().attention == "reference"


def test_a_window_that_is_not_eight_seconds_is_recorded_with_the_attention(
    tiny: Tiny, tmp_path: Path
) -> None:
    run = tiny.train(tmp_path, "hold.amount=1", "model.encoder_window=full")
    assert run.read().attention == "sdpa, full window"


def test_another_window_is_another_run_and_another_evaluation(tiny: Tiny) -> None:
    eight, full = settings(tiny), settings(tiny, "model.encoder_window=full")
    assert identity(eight) != identity(full)
    assert evaluation_identity(eight) != evaluation_identity(full)


def test_another_attention_is_another_run(tiny: Tiny, tmp_path: Path) -> None:
    names = {
        tiny.train(tmp_path, "hold.amount=1", f"model.attention={asked}").path.name
        for asked in ("sdpa", "reference")
    }
    assert len(names) == 2


@pytest.mark.parametrize(
    ("device", "precision", "installed", "capability", "runs"),
    [
        ("cuda", "bf16-mixed", True, (8, 0), True),
        ("cuda", "bf16-true", True, (9, 0), True),
        ("cuda", "32", True, (9, 0), False),
        ("cuda", "bf16-mixed", False, (9, 0), False),
        ("cuda", "bf16-mixed", True, (7, 5), False),
        ("cpu", "bf16-mixed", True, (9, 0), False),
    ],
)
def test_flash_attention_runs_on_cuda_in_half_precision_where_it_is_installed(
    device: str,
    precision: str,
    installed: bool,
    capability: tuple[int, int],
    runs: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(attention, "is_flash_attn_2_available", lambda: installed)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    assert attention.flash_runs(torch.device(device), precision) == runs
