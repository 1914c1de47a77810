"""`budgets` of an ablation file: its cells, their trunks, and what is refused beside them."""

from pathlib import Path

import pytest
import yaml

from plion.config.schema import Experiment
from plion.errors import InputError
from plion.planning.inputs import hash8
from plion.planning.planned_run import mixture_plan
from plion.studies.budgets.savings import shared_hours
from plion.studies.design.grid import Ablation, read_ablation
from plion.studies.design.only import chosen

BUDGETS = "budgets: [5, 10, 40]\n"
OPTIM = ("optim.schedule=wsd", "optim.warmup_amount=2.5")


def read(study: Path, *overrides: str, more: str = BUDGETS) -> Ablation:
    text = study.read_text().replace(", amount: 40", "")
    path = study.with_name("several.yaml")
    path.write_text(text + more)
    return read_ablation(path, [*OPTIM, *overrides])


def refusal(study: Path, *overrides: str, more: str = BUDGETS) -> str:
    with pytest.raises(InputError) as error:
        read(study, *overrides, more=more)
    return str(error.value)


def test_every_cell_is_run_at_every_budget(study: Path) -> None:
    ablation = read(study, "ablation.seeds=[0,1]")
    assert ablation.axes == {
        "sampler.name": ["proportional", "balanced"],
        "budget": ["5", "10", "40"],
    }
    assert len(ablation.cells) == 2 * 3 * 2
    assert len({cell.exp.name for cell in ablation.cells}) == 12
    for cell in ablation.cells:
        amount, trainer = cell.exp.hold.amount, cell.exp.trainer
        assert f"{amount:g}" == cell.labels["budget"]
        assert trainer.branches == ([5, 10] if amount == 40 else [])
        assert trainer.trunk == (None if amount == 40 else 40)
    [one] = chosen(ablation, ["budget=5", "seed=1", "sampler.name=balanced"])
    assert one.exp.hold.amount == 5


def test_a_branch_has_the_hash_of_the_same_run_alone(study: Path) -> None:
    cells = {cell.labels["budget"]: cell.exp for cell in read(study).cells}
    path = study.with_name("alone.yaml")
    path.write_text(study.read_text().replace("amount: 40", "amount: 10"))
    alone: Experiment = read_ablation(path, OPTIM).cells[-1].exp
    assert hash8(cells["10"]) == hash8(alone)


def test_where_the_longest_is_left_out_the_next_is_the_trunk(study: Path) -> None:
    more = BUDGETS + "exclude: [{sampler.name: balanced, budget: 40}]\n"
    cells = {cell.exp.name: cell.exp.trainer for cell in read(study, more=more).cells}
    assert cells["several-balanced-10-s0"].branches == [5]
    assert cells["several-balanced-5-s0"].trunk == 10
    assert cells["several-proportional-5-s0"].trunk == 40


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("optim.schedule=linear", "only with wsd are runs of several amounts equal"),
        ("optim.warmup_amount=null", "set optim.warmup_amount"),
        ("optim.warmup_amount=2.6", "at most half of the smallest amount, 2.5"),
        ("trainer.select=best", "set trainer.select=last"),
        ("optim.warmup=0.3", "counts only where optim.warmup_amount is not set"),
        ("trainer.trunk=40", "would be replaced"),
        ("hold.amount=40", "would be replaced"),
        ("ablation.hold.amount=30", "hold.amount is 30, but `budgets` set it"),
        ("ablation.budgets=[10,5]", "each above the one before"),
        ("ablation.budgets=[5,5]", "each above the one before"),
        ("ablation.budgets=[5]", "two amounts or more"),
        ("ablation.budgets=[0,5]", "must be above 0"),
    ],
)
def test_what_cannot_share_a_trunk_is_refused(study: Path, override: str, told: str) -> None:
    assert told in refusal(study, override)


def test_a_sampler_that_changes_over_the_run_is_refused(study: Path) -> None:
    axis = "sampler.name: [proportional, balanced]"
    with study.with_name("base.yaml").open("a") as base:
        base.write("sampler: {name: temperature, schedule: {parameter: T, target: 1}}\n")
    study.write_text(study.read_text().replace(axis, "optim.lr: [0.0001, 0.001]"))
    told = refusal(study)
    assert "sampler.schedule changes what is drawn by the part" in told


def test_budgets_are_set_in_one_place(study: Path) -> None:
    content = yaml.safe_load(study.read_text())
    content["hold"] = {"quantity": "utterances"}
    content["budgets"] = [5, 10]
    for axes, told in (
        ({"hold.amount": [5, 10]}, "both set hold.amount"),
        ({"budget": {"a": {"optim.lr": 1e-4}}}, "a fixed column"),
    ):
        path = study.with_name("other.yaml")
        path.write_text(yaml.safe_dump({**content, "axes": axes}))
        with pytest.raises(InputError, match=told):
            read_ablation(path, OPTIM)
    path.write_text(yaml.safe_dump({**content, "variants": {"a": {"optim.lr": 1e-4}}}))
    with pytest.raises(InputError, match="not both"):
        read_ablation(path, OPTIM)


def test_five_budgets_cost_the_longest_and_the_decays_of_the_others(study: Path) -> None:
    budgets = [60, 120, 240, 480, 960]
    more = f"budgets: {budgets}\n"
    cells = read(study, "batch.utterances=3", more=more).cells[:5]
    planned = [mixture_plan(cell.exp) for cell in cells]
    *branches, longest = [own.plan.totals.audio_hours for own in planned]
    trained = longest + sum(
        hours - shared_hours(own) for hours, own in zip(branches, planned, strict=False)
    )
    assert trained / longest <= (960 + sum(budgets[:-1]) / 3) / 960
    assert trained / longest > 1.25
