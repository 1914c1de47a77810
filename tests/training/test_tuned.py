"""Runs that train a part of the model, in another way, or to an average, as all other runs do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from endings import Killed, dying
from processes import Start
from safetensors.torch import load_file
from tiny import Tiny

from plion.config.experiment import evaluation
from plion.models import device
from plion.models.identity import identity
from plion.models.qwen3_asr.files import checkpoint
from plion.models.qwen3_asr.protocol.loaded import LoadedQwen
from plion.runs.folder import RunFolder
from plion.runs.values import Selected
from plion.system.files import sha256
from plion.training.callbacks.validation import ValidationScores
from plion.training.run import evaluate
from plion.training.step.module import SpeechRecognizer

SETTINGS = (
    "batch.per_step=2", "trainer.validations=2", "trainer.checkpoints=4", "trainer.probe=0",
    "evaluate.test=false",
)  # fmt: skip
FREEZE = ("model.freeze=[audio_tower]",)
LORA = ("model.lora.parts=[audio_tower,language_model]", "model.lora.dropout=0.1")
ADAPTER = (
    "model.freeze=[audio_tower,projector]",
    "model.lora.parts=[language_model]",
    "model.lora.export=adapter",
)
EMA = ("optim.ema=0.5",)
CHECKPOINTING = ("trainer.gradient_checkpointing=[audio_tower,language_model]",)
FEATURES = {
    "freezing, with adafactor": (*FREEZE, "optim.name=adafactor"),
    "lora with dropout": LORA,
    "lora beside bfloat16": ("model.lora.parts=[projector]", "trainer.precision=bf16-true"),
    "mixed precision": ("trainer.precision=bf16-mixed", *CHECKPOINTING),
    "a moving average": EMA,
    "a moving average of lora, the best": (*EMA, *ADAPTER, "trainer.select=best"),
}
# Two steps done, and the first batch of the third; the end of the last step, to be exported.
WITHIN: tuple[Any, str, int] = (SpeechRecognizer, "training_step", 5)
BEFORE_EXPORT: tuple[Any, str, int] = (LoadedQwen, "save", 0)
VALIDATING: list[tuple[Any, str, int]] = [(SpeechRecognizer, "validation_step", n) for n in (0, 1)]
AVERAGED = [feature for feature in FEATURES if "average" in feature]
# Each moment of one average here, and both averages at each in `make test-resume`.
PLAIN, BEST = AVERAGED
SOONER = [(PLAIN, BEFORE_EXPORT), *((BEST, moment) for moment in VALIDATING)]
LATER = [
    pytest.param(feature, moment, marks=pytest.mark.resume)
    for feature in AVERAGED
    for moment in (BEFORE_EXPORT, *VALIDATING)
    if (feature, moment) not in SOONER
]


def outcome(folder: RunFolder) -> dict[str, Any]:
    """All of a run that its seed decides, weights to the bit."""
    state = torch.load(folder.checkpoints / "last.ckpt", weights_only=True)
    record = folder.read()
    (weights,) = folder.export.glob("*.safetensors")
    return {
        "export": sha256(weights),
        "weights": {name: weight.tolist() for name, weight in state["state_dict"].items()},
        **{name: getattr(record, name) for name in ("status", "steps", "validation", "selected")},
    }


def exported(folder: RunFolder) -> dict[str, torch.Tensor]:
    return load_file(folder.export / "model.safetensors")


@pytest.fixture(scope="module")
def uninterrupted(
    tiny: Tiny, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[tuple[str, ...], RunFolder]]:
    """Runs by their settings, made when they are asked for."""

    class Runs(dict[tuple[str, ...], RunFolder]):
        def __missing__(self, settings: tuple[str, ...]) -> RunFolder:
            home = tmp_path_factory.mktemp("tuned")
            self[settings] = tiny.train(home, *SETTINGS, *settings)
            return self[settings]

    yield Runs()


@pytest.mark.parametrize(
    ("feature", "moment"),
    [*((feature, WITHIN) for feature in FEATURES), *SOONER, *LATER],
)
def test_killed_and_called_again_it_ends_as_if_nothing_had_been(
    feature: str, moment: tuple[Any, str, int], uninterrupted: Any, tiny: Tiny, tmp_path: Path
) -> None:
    settings = (*SETTINGS, *FEATURES[feature])
    owner, name, call = moment
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(owner, name, dying(getattr(owner, name), call))
        tiny.train(tmp_path, *settings)
    assert outcome(tiny.train(tmp_path, *settings)) == outcome(uninterrupted[FEATURES[feature]])


@pytest.mark.parametrize(
    "settings",
    [
        (*FREEZE, *EMA, *CHECKPOINTING),
        (*ADAPTER, "optim.name=adafactor", "model.lora.dropout=0.1"),
    ],
)
def test_two_processes_have_the_weights_of_one(
    settings: tuple[str, ...], uninterrupted: Any, tiny: Tiny, tmp_path: Path
) -> None:
    shared = Start.of(tiny, tmp_path, *SETTINGS, *settings, "optim.lr=1e-4")
    assert shared.train(2) == [0, 0], shared.output()
    alone = uninterrupted[(*settings, "optim.lr=1e-4")]
    expected = torch.load(alone.checkpoints / "last.ckpt", weights_only=True)["state_dict"]
    torch.testing.assert_close(shared.weights(), expected, atol=1e-5, rtol=0)


def test_a_frozen_part_is_exported_as_it_was(uninterrupted: Any, tiny: Tiny) -> None:
    before, after = load_file(tiny.model / "model.safetensors"), exported(uninterrupted[FREEZE])
    same = {name for name in before if torch.equal(before[name], after[name])}
    assert same == {name for name in before if name.startswith("model.audio_tower.")}


def test_a_checkpoint_leaves_out_what_is_frozen(uninterrupted: Any) -> None:
    kept = torch.load(uninterrupted[LORA].checkpoints / "last.ckpt", weights_only=True)
    names = kept["state_dict"].keys()
    assert all(".lora_" in name or "multi_modal_projector" in name for name in names)
    assert any(".lora_" in name for name in names)


def test_lora_is_exported_merged(uninterrupted: Any, tiny: Tiny) -> None:
    before, after = load_file(tiny.model / "model.safetensors"), exported(uninterrupted[LORA])
    assert after.keys() == before.keys()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert "model.language_model.layers.0.mlp.up_proj.weight" in changed
    assert not any("norm" in name or "embed" in name for name in changed)


def test_an_adapter_is_evaluated_and_trained_from_like_any_model(
    uninterrupted: Any, tiny: Tiny, tmp_path: Path
) -> None:
    run = uninterrupted[ADAPTER]
    found = evaluate(evaluation(str(run.path), None, None, []))
    assert RunFolder(found).metrics.is_file() and found == run.path
    again = tiny.train(tmp_path, *SETTINGS, *ADAPTER, f"model.name={run.path}")
    assert again.read().model.identity == identity(str(run.path))
    assert checkpoint.load_checkpoint(str(again.path)).folder == tiny.model


def test_gradient_checkpointing_changes_neither_the_run_nor_its_weights(
    uninterrupted: Any,
) -> None:
    plain, checkpointed = uninterrupted[()], uninterrupted[CHECKPOINTING]
    assert plain.path.name == checkpointed.path.name
    assert outcome(plain) == outcome(checkpointed)


def test_the_average_is_exported_and_the_weights_are_kept_to_go_on(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    after: list[dict[str, torch.Tensor]] = []
    ended = SpeechRecognizer.on_train_batch_end

    def watched(self: SpeechRecognizer, outputs: Any, batch: Any, number: int) -> None:
        after.append({name: w.detach().clone() for name, w in self.model.named_parameters()})
        ended(self, outputs, batch, number)

    monkeypatch.setattr(SpeechRecognizer, "on_train_batch_end", watched)
    run = tiny.train(tmp_path, *SETTINGS, *EMA, "batch.per_step=1")
    average, *others = after
    for other in others:
        average = {name: 0.5 * weight + 0.5 * other[name] for name, weight in average.items()}
    kept = torch.load(run.checkpoints / "last.ckpt", weights_only=True)
    for name, weight in average.items():
        torch.testing.assert_close(kept["state_dict"][f"model.{name}"], weight)
        assert torch.equal(kept["current_model_state"][f"model.{name}"], after[-1][name])
        torch.testing.assert_close(
            exported(run)[name].float(), weight.bfloat16().float(), atol=1e-2, rtol=1e-2
        )


def test_the_average_is_what_is_validated(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    validated: list[dict[str, torch.Tensor]] = []
    step = SpeechRecognizer.validation_step

    def watched(self: SpeechRecognizer, *arguments: Any) -> Any:
        validated.append({n: w.detach().clone() for n, w in self.state_dict().items()})
        return step(self, *arguments)

    monkeypatch.setattr(SpeechRecognizer, "validation_step", watched)
    run = tiny.train(tmp_path, *SETTINGS, *EMA)
    kept = torch.load(run.checkpoints / "last.ckpt", weights_only=True)
    last = validated[-1]
    assert all(torch.equal(last[name], weight) for name, weight in kept["state_dict"].items())
    assert any(not torch.equal(last[n], w) for n, w in kept["current_model_state"].items())


def test_the_best_average_is_exported(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = ValidationScores.on_validation_epoch_end

    def scripted(self: ValidationScores, trainer: Any, module: Any) -> None:
        error = {2: 10.0, 4: 50.0}[trainer.global_step]
        macro = "plion.training.callbacks.validation.macro_average"
        monkeypatch.setattr(macro, lambda rates: error)
        ended(self, trainer, module)

    monkeypatch.setattr(ValidationScores, "on_validation_epoch_end", scripted)
    run = tiny.train(tmp_path, *SETTINGS, *EMA, *FREEZE, "trainer.select=best")
    best = torch.load(run.checkpoints / "best.ckpt", weights_only=True)["state_dict"]
    assert run.read().selected == Selected("best", 2)
    assert all(
        torch.equal(exported(run)[name.removeprefix("model.")], weight.bfloat16())
        for name, weight in best.items()
        if name != "model.lm_head.weight"
    )


@pytest.mark.parametrize(
    ("asked", "kind", "expected"),
    [
        ("auto", "cpu", "32"),
        ("auto", "cuda", "bf16-mixed"),
        ("auto", "mps", "bf16-mixed"),
        ("32", "cuda", "32"),
        ("bf16-true", "cpu", "bf16-true"),
    ],
)
def test_auto_is_bfloat16_on_accelerators(
    asked: str, kind: str, expected: str, tiny: Tiny, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(device, "device", lambda accelerator: torch.device(kind))
    exp = tiny.experiment(tmp_path, f"trainer.precision={asked}")
    assert device.precision(exp.trainer) == expected


def test_the_precision_found_is_recorded(uninterrupted: Any) -> None:
    assert uninterrupted[()].read().precision == "32"
    assert uninterrupted[FEATURES["mixed precision"]].read().precision == "bf16-mixed"
