"""Every experiment and ablation of the repository resolves, and every experiment trains."""

from dataclasses import replace
from pathlib import Path

import pytest
from shapes import SMALL, qwen3_asr
from tiny import Tiny

from plion.config.experiment import load_experiment
from plion.planning.planned_run import mixture_plan
from plion.runs.folder import RunFolder
from plion.studies.design.grid import read_ablation
from plion.studies.preview import preview
from plion.studies.tuning.arms import read_tuning

ROOT = Path(__file__).parent.parent
EXPERIMENTS = sorted(ROOT.glob("experiments/**/*.yaml"))
ABLATIONS = sorted(p for p in ROOT.glob("ablations/**/*.yaml") if "axes" in p.read_text())
REAL = [path for path in ABLATIONS if "suite: sg12" in path.read_text()]


def test_there_are_experiments_and_ablations() -> None:
    assert {"mini", "polyglot_lion_0.6b", "polyglot_lion_1.7b"} <= {p.stem for p in EXPERIMENTS}
    real = {
        *("adaptive", "budgets", "capacity", "language_tags", "sampler_x_tag", "samplers"),
        "tuned",
    }
    assert {path.stem for path in REAL} == real
    twins = {f"{name}_mini" for name in real - {"sampler_x_tag"}} | {"mini"}
    assert {path.stem for path in ABLATIONS} == real | twins | {"seeds_mini"}


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_an_experiment_resolves(path: Path) -> None:
    assert load_experiment(path).name == path.stem


@pytest.mark.parametrize("path", ABLATIONS, ids=lambda path: path.stem)
def test_an_ablation_resolves(path: Path) -> None:
    ablation = read_ablation(path)
    assert ablation.question and len({cell.exp.name for cell in ablation.cells}) > 1
    assert not ablation.notes


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
def test_a_cell_on_real_corpora_is_counted_without_them(path: Path) -> None:
    several = ("ablation.budgets=[2.5,5]", "optim.warmup_amount=1")
    held = several if path.stem == "budgets" else ("ablation.hold.amount=5",)
    ablation = read_ablation(path, held)
    last = ablation.cells[-1]
    text = preview(replace(ablation, cells=[last]))
    assert f"\n{last.exp.name} " in text and "counted from the sizes in the paper's" in text
    assert last.exp.hold.amount == 5


@pytest.mark.parametrize("name", ["tuned", "tuned_mini"])
def test_a_tuned_study_is_three_samplers_by_four_rates(name: str) -> None:
    ablation = read_ablation(ROOT / "ablations" / f"{name}.yaml")
    tuning = read_tuning(ablation)
    assert tuning and [len(arm.trials) for arm in tuning.arms] == [4, 4, 4]
    assert {"optim.lr": ablation.base.optim.lr} in [values for values, _ in tuning.arms[0].trials]


def test_the_demo_is_three_samplers_by_two_tags() -> None:
    cells = read_ablation(ROOT / "ablations" / "mini.yaml").cells
    assert {(cell.exp.sampler.name, cell.exp.tag.train) for cell in cells} == {
        (sampler, tag)
        for sampler in ("proportional", "temperature", "balanced")
        for tag in ("predict", "none")
    }


def test_the_paper_is_balanced_and_names_no_language() -> None:
    small, large = (
        load_experiment(ROOT / f"experiments/polyglot_lion_{n}.yaml") for n in ("0.6b", "1.7b")
    )
    assert (small.sampler.name, small.tag.train, small.optim.lr) == ("balanced", "none", 2e-5)
    assert large.model.name == "Qwen/Qwen3-ASR-1.7B-hf" and large.optim == small.optim
    assert small.data.target_text == large.data.target_text == "verbatim"  # as the official script


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_an_experiment_trains_a_step(path: Path, tiny: Tiny, tmp_path: Path) -> None:
    from plion.training.run import train  # torch, which the tests above do without

    small = (
        f"model.name={tiny.model}",
        f"data.root={tiny.root}",
        f"data.suite={tiny.suite}",
        "data.exclude=[]",
        "hold.quantity=steps",
        "hold.amount=1",
        "evaluate.tokens_per_second=3",
        "trainer.accelerator=cpu",
        "trainer.workers=0",
        f"trainer.runs={tmp_path}",
        *(["optim.warmup_amount=0.5"] if path.stem.endswith("_wsd") else []),
    )
    run = RunFolder(train(mixture_plan(load_experiment(path, small))))
    assert run.done() and run.read().steps == 1 and run.export.is_dir()


def test_the_small_polyglot_lion_has_the_parameters_of_its_model() -> None:
    import torch

    with torch.device("meta"):
        model = qwen3_asr(SMALL)
    hearing = (model.model.audio_tower, model.model.multi_modal_projector)
    heard = sum(weight.numel() for part in hearing for weight in part.parameters())
    assert model.num_parameters() == pytest.approx(782.4e6, abs=0.05e6)
    assert heard == pytest.approx(186.4e6, abs=0.05e6)
