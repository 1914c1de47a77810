"""The sweep file: what may be tried, and what is refused before anything is."""

import json
from pathlib import Path

import pytest
import yaml

from plion.errors import InputError
from plion.studies.search.space import Dimension, Range
from plion.studies.search.sweep_file import read_sweep

SWEEP = """
base: base.yaml
hold: {quantity: steps, amount: 30}
suite: mini12
seed: 4
space:
  optim.lr: {low: 1e-5, high: 1e-3, log: true}
  sampler.temperature.T: [1, 2, 5]
trials: 6
"""


@pytest.fixture
def file(tmp_path):
    """A sweep over a base that trains by temperature."""
    (tmp_path / "base.yaml").write_text("sampler: {name: temperature}\n")
    (tmp_path / "search.yaml").write_text(SWEEP)
    return tmp_path / "search.yaml"


def refused(file, match, *overrides):
    with pytest.raises(InputError, match=match):
        read_sweep(file, overrides)


def changed(file, old, new):
    assert old in SWEEP
    file.write_text(SWEEP.replace(old, new))
    return file


def test_the_file_is_read_as_it_stands(file):
    sweep = read_sweep(file)
    assert (sweep.name, sweep.seed, sweep.trials) == ("search", 4, 6)
    assert sweep.space == (
        Dimension("optim.lr", Range(1e-5, 1e-3, log=True, whole=False), {}),
        Dimension("sampler.temperature.T", (1, 2, 5), {}),
    )


def test_a_whole_setting_is_searched_in_whole_numbers(file):
    space = changed(file, "optim.lr: {low: 1e-5", "batch.per_step: {low: 1").with_name(file.name)
    space.write_text(space.read_text().replace("high: 1e-3", "high: 4"))
    assert read_sweep(space).space[0].values == Range(1, 4, log=True, whole=True)


def test_an_unknown_suite_is_named_with_the_file(file):
    refused(changed(file, "suite: mini12", "suite: mini13"), "search.yaml: unknown suite 'mini13'")


def test_a_seed_is_not_searched(file):
    changed(file, "optim.lr: {low: 1e-5, high: 1e-3, log: true}", "seed: [0, 1, 2]")
    refused(file, "a seed is not searched: the best would be the luckiest")
    assert read_sweep(changed(file, "seed: 4", "seed: 5"), ["seed=3"]).trial({}).seed == 3


def test_a_trial_has_its_settings_on_top_of_the_base(file):
    exp = read_sweep(file).trial({"optim.lr": 2e-4, "sampler.temperature.T": 5})
    assert (exp.sampler.name, exp.optim.lr, exp.sampler.temperature.T) == ("temperature", 2e-4, 5)


def test_a_trial_is_held_to_the_sweep_and_decodes_no_test_set(file):
    exp = read_sweep(file).trial({})
    assert (exp.hold.quantity, exp.hold.amount, exp.data.suite) == ("steps", 30, "mini12")
    assert exp.evaluate.test is False


def test_the_best_decodes_test_sets_where_the_base_does(file):
    exp = read_sweep(file).best({"optim.lr": 2e-4})
    assert exp.name == "search-best"
    assert exp.evaluate.test is True


def test_overrides_apply_to_the_base(file):
    assert read_sweep(file, ["batch.seconds=33"]).trial({}).batch.seconds == 33


def test_prefixed_overrides_apply_to_the_file(file):
    sweep = read_sweep(file, ["sweep.trials=2", "sweep.hold.amount=9"])
    assert (sweep.trials, sweep.base.hold.amount) == (2, 9)


def test_a_dimension_can_be_overridden(file):
    sweep = read_sweep(file, ["sweep.space.sampler.temperature.T=[3,4]"])
    assert sweep.space[1].values == (3, 4)


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("trials: 6", "trails: 6", "unknown key 'trails' .*'trials'"),
        ("trials: 6", "trials: 0", "trials must be above 0"),
        ("trials: 6", "metric: test/macro_error", "metric cannot be 'test/macro_error'"),
        ("optim.lr:", "optim.lrr:", "unknown key 'optim.lrr' .*'optim.lr'"),
        ("[1, 2, 5]", "[1, 2, hot]", "sampler.temperature.T must be a number"),
        ("[1, 2, 5]", "[]", "sampler.temperature.T must be a list of choices"),
        ("[1, 2, 5]", "3", "sampler.temperature.T must be a list of choices"),
        ("log: true", "logg: true", "unknown key 'logg' .*'log'"),
        ("low: 1e-5", "low: 1e-2", "low below high"),
        ("low: 1e-5", "low: 0", "low must be above 0"),
        ("optim.lr: {low: 1e-5, high: 1e-3, log: true}", "evaluate.test: [true]", "evaluate.test"),
        ("suite: mini12", "", "'suite' is missing"),
        ("[1, 2, 5]", "[0, 1]", "sampler.temperature.T must be above 0"),
        (
            "optim.lr: {low: 1e-5, high: 1e-3, log: true}",
            "trainer.devices: [1, 2]",
            "2 devices cannot share",
        ),
        ("base: base.yaml", "base: none.yaml", "none.yaml: no such file"),
        ("trials: 6", "parallel: 0", "parallel must be above 0"),
        ("trials: 6", "proposals: best", "proposals cannot be 'best'"),
        ("trials: 6", "metric: valid/english", "cannot be 'valid/english'"),
        ("trials: 6", "metric: [valid/en, valid/en]", "a list of different ones"),
        ("trials: 6", "constraints: {valid/en: much}", "much is not a finished run"),
        ("trials: 6", "constraints: {valid/en: -1}", "the most that is allowed, in percent"),
        ("trials: 6", "pruning: {resource: 1}", "unknown key 'pruning.resource'"),
        ("trials: 6", "pruning: {min_resource: 1, factor: 1}", "factor must be 2 or more"),
        ("trials: 6", "pruning: {min_resource: 10}", "prunes nothing: no validation"),
        (
            "trials: 6",
            "metric: [valid/en, valid/ta]\npruning: {min_resource: 10}",
            "must be the only metric",
        ),
        (
            "[1, 2, 5]",
            "[1, 2, 5]\n  sampler.two_level.corpus_exponent: [0, 1]",
            "corpus_exponent counts where sampler.name is two_level, which no trial has",
        ),
        (
            "[1, 2, 5]",
            "{choices: [1, 2], when: {optim.lr: 1e-4}}",
            "`when` needs choices, and optim.lr is a range",
        ),
        ("[1, 2, 5]", "{choices: [1, 2], when: {seeds: 1}}", "unknown key 'seeds'"),
        ("[1, 2, 5]", "{choices: [1, 2], when: {seed: 1}}", "where seed is 1, which no trial"),
        (
            "[1, 2, 5]",
            "{choices: [1, 2], when: {sampler.name: [temperature, balanced]}}",
            "where sampler.name is balanced, which no trial has",
        ),
        ("[1, 2, 5]", "{choices: [1, 2], when: {sampler.name: []}}", "a value of sampler.name"),
        ("[1, 2, 5]", "[1, 2, 1]", "has the same choice twice"),
        ("[1, 2, 5]", "[[1], [2]]", "each choice must be a single value"),
        ("log: true", "log: maybe", "log must be true or false, not 'maybe'"),
        ("[1, 2, 5]", "{choices: [1, 2], low: 1}", "a list of choices or a range, not both"),
    ],
)
def test_a_mistake_is_named(file, old, new, match):
    refused(changed(file, old, new), match)


def test_an_empty_space_is_refused(file):
    file.write_text(SWEEP[: SWEEP.index("space:")] + "space: {}\ntrials: 6\n")
    refused(file, "space is empty: there is nothing to search")


def test_an_ablation_file_is_none_of_a_sweep(file):
    refused(changed(file, "space:", "axes:"), "it is a file for `plion ablate`")


def test_an_override_of_what_is_searched_is_refused(file):
    refused(file, "the sweep itself sets optim.lr", "optim.lr=1e-4")


def test_an_override_of_what_the_sweep_holds_is_refused(file):
    refused(file, "the sweep itself sets hold.amount", "hold.amount=1")


def test_a_sweep_without_validation_is_refused(file):
    refused(file, "needs trainer.validations of 1 or more", "trainer.validations=0")


@pytest.mark.parametrize("file", sorted(Path("ablations").glob("sweep*.yaml")), ids=str)
def test_the_packaged_sweeps_resolve(file):
    assert read_sweep(file).space


def test_conditions_order_the_dimensions(file):
    space = "{sampler.name: [uniform, temperature], optim.schedule: [linear, cosine]}"
    changed(file, "[1, 2, 5]", "{choices: [2, 5], when: {optim.schedule: cosine}}")
    names = yaml.safe_load(space)
    found = read_sweep(file, [f"sweep.space.{k}={json.dumps(v)}" for k, v in names.items()]).space
    keys = [one.key for one in found]
    assert keys == ["optim.lr", "sampler.name", "optim.schedule", "sampler.temperature.T"]
    assert found[-1].when == {"sampler.name": ("temperature",), "optim.schedule": ("cosine",)}
    assert not found[-1].applies({"sampler.name": "temperature", "optim.schedule": "linear"})


def test_conditions_in_a_circle_are_refused(file):
    changed(
        file,
        "[1, 2, 5]",
        """{choices: [1, 2], when: {optim.schedule: linear}}
  optim.schedule: {choices: [linear, cosine], when: {sampler.temperature.T: 1}}""",
    )
    refused(file, "go in a circle")


def test_gp_is_refused_where_it_would_guess(file):
    changed(file, "trials: 6", "trials: 6\nproposals: gp")
    assert read_sweep(file).proposals == "gp"
    refused(file, "gp knows no conditions", "sweep.space.sampler.name=[uniform,temperature]")
