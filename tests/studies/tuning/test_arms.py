"""`per_arm` of an ablation file: arms, their trials, and what is refused."""

from pathlib import Path

import pytest

from plion.errors import InputError
from plion.studies.design.grid import read_ablation
from plion.studies.tuning.arms import Tuning, read_tuning

FILE = """
question: Which?
base: base.yaml
suite: mini12
hold: {quantity: steps, amount: 10}
axes:
  sampler:
    proportional: {sampler.name: proportional}
    hot: {sampler.name: temperature, sampler.temperature.T: 5}
  tag.train: [none, predict]
seeds: [4, 5]
"""


def tuning(folder: Path, per_arm: str, *overrides: str, more: str = "") -> Tuning:
    (folder / "base.yaml").write_text("model: {name: mini}\n")
    (folder / "study.yaml").write_text(f"{FILE}per_arm: {per_arm}\n{more}")
    found = read_tuning(read_ablation(folder / "study.yaml", overrides))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("over", "arms"),
    [
        ("", ["sampler proportional", "sampler hot"]),
        ("over: [tag.train], ", ["tag.train none", "tag.train predict"]),
        (
            "over: [sampler, tag.train], ",
            [
                f"sampler {one}, tag.train {tag}"
                for one in ("proportional", "hot")
                for tag in ("none", "predict")
            ],
        ),
    ],
)
def test_an_arm_is_a_combination_of_the_axes_in_over(
    tmp_path: Path, over: str, arms: list[str]
) -> None:
    found = tuning(tmp_path, f"{{{over}optim.lr: [1e-4, 1e-3]}}")
    assert [arm.title for arm in found.arms] == arms


def test_a_trial_has_the_other_axes_at_their_first_level_and_the_first_seed(
    tmp_path: Path,
) -> None:
    found = tuning(tmp_path, "{optim.lr: [1e-4, 1e-3]}")
    for arm, sampler in zip(found.arms, ("proportional", "temperature"), strict=True):
        for values, exp in arm.trials:
            assert (exp.sampler.name, exp.tag.train, exp.seed) == (sampler, "none", 4)
            assert exp.optim.lr == values["optim.lr"] and not exp.evaluate.test
    tried = [[values for values, _ in arm.trials] for arm in found.arms]
    assert tried[0] == tried[1]


def test_a_variant_is_an_arm_of_its_own(tmp_path: Path) -> None:
    more = "variants: {paper: {sampler.name: balanced}}\n"
    found = tuning(tmp_path, "{optim.lr: [1e-4, 1e-3]}", more=more)
    assert [arm.title for arm in found.arms][2:] == ["variant paper"]
    assert found.arms[2].trials[0][1].sampler.name == "balanced"


def test_an_override_changes_one_setting_of_it(tmp_path: Path) -> None:
    given = "ablation.per_arm.optim.lr={low: 1e-5, high: 1e-3, log: true}"
    found = tuning(tmp_path, "{optim.lr: [1e-4, 1e-3]}", given, "ablation.per_arm.trials=5")
    assert len(found.arms[0].trials) == 5


@pytest.mark.parametrize(
    ("per_arm", "message"),
    [
        ("{over: [samplr], optim.lr: [1e-4, 1e-3]}", "no axis 'samplr' .did you mean 'sampler'"),
        ("{over: [], optim.lr: [1e-4, 1e-3]}", "over must be a list of different axes"),
        ("{over: [sampler]}", "names no setting to tune"),
        ("{optim.rl: [1e-4, 1e-3]}", r"unknown key 'optim.rl' \(did you mean 'optim.lr'"),
        ("{optim.lr: [1e-4, 1e-3], trials: 1}", "trials must be a whole number of 2 or more"),
        ("{optim.lr: [0.0001, -1]}", "optim.lr must be above 0, not -1"),
        ("{tag.train: [none, absent]}", "tag.train is set by .*axis 'tag.train'"),
        ("{hold.amount: [1, 2]}", "hold.amount is set by the ablation itself"),
        ("{evaluate.beams: [1, 2]}", "evaluate.beams is no setting of training"),
        (
            "{sampler.unimax.epochs: [2, 3]}",
            "sampler proportional: .* counts where sampler.name is",
        ),
        ("{model.lora.rank: [8, 16]}", "counts only where model.lora.parts is set, not in sampler"),
    ],
)
def test_what_cannot_be_tuned_is_refused(tmp_path: Path, per_arm: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        tuning(tmp_path, per_arm)


def test_a_warm_up_that_does_not_count_is_not_tuned(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"optim.warmup does not count beside optim.warmup_amount"):
        tuning(tmp_path, "{optim.warmup: [0.1, 0.2]}", "optim.warmup_amount=1")


def test_an_override_of_what_is_tuned_would_be_without_effect(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"would be replaced \(per_arm sets optim.lr\)"):
        tuning(tmp_path, "{optim.lr: [1e-4, 1e-3]}", "optim.lr=3e-4")
